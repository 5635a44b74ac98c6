#include "base/function_name.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace faasta {
namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 40;  // so that "--v<N>" fits into a 63-byte DNS label (RFC 1035 section 2.3.4)

// Two kinds of labels: those with a special meaning for browsers, mail, certificates, other services or this server,
// and those that a person could take for the platform's own labels.
constexpr std::string_view kReserved =
    "abuse account accounts acme admin administrator administrators admins alert alerts apache apex api api-docs apis "
    "app apple apps assets audit auth authentication authorize autoconfig autodiscover backup backups bank banner "
    "billing blog blogs broadcasthost build callback cdn cert certificate certificates certs cloud cname config "
    "connect console contact contact-us copyright credentials dash dashboard deploy dev developer developers dns dns0 "
    "dns1 dns2 docs documentation domain domains download downloads email enterprise errors faasta faasta-admin "
    "faastad faq favicon firewall forgot-password ftp functions gateway git github google health healthz help "
    "helpdesk home host hosting hostmaster http https identity idp image imap inbox info internal internet intranet "
    "ipv4 ipv6 isatap keys legal license licensing local localdomain localhost login logout mail mail0 mail1 mail2 "
    "mailer-daemon mailerdaemon maintenance manager master metrics microsoft monitoring msoid mta-sts mx0 mx1 mx2 "
    "no-reply nobody noc noreply ns0 ns1 ns2 ns3 ns4 ns5 ns6 ns7 ns8 ns9 oauth oauth2 ocsp official openid operator "
    "ops org owner passwd password pay payment payments paypal pki policy pop pop3 postfix postmaster privacy private "
    "proxy readyz recovery register registry relay remote root secure security server servers service services "
    "settings sftp sign-in sign-out sign-up signin signout signup site sitemap smtp ssh ssl sslwebmail staff static "
    "statistics stats status storage store stripe subdomain sudo super superuser support svn sysadmin system systems "
    "terms test-api tls token tokens tracker update updates user users uucp verify vpn web webdisk webmail webmaster "
    "website wpad www www0 www1 www2 www3 wwww ";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The first rule that `text` breaks, or an empty text.
std::string broken_rule(std::string_view text) {
  if (text.size() < kShortest) return "it is shorter than 3 characters";
  if (text.size() > kLongest) return "it is longer than 40 characters";
  if (!is_lower(text.front())) return "it does not start with a letter a-z";
  if (text.back() == '-') return "it ends in a hyphen";
  if (text.find("--") != std::string_view::npos) return "it has two hyphens in a row";
  const bool known = std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  return known ? std::string() : "it has a character other than a-z, 0-9 and '-'";
}

/// Converts `text` so that two names that people confuse become equal: 0 becomes o, 1 and l become i, rn becomes m, vv
/// becomes w. The idea is from Unicode's confusables (UTS 39), reduced to the 37 characters of a name.
std::string skeleton(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '0' ? 'o' : c == '1' || c == 'l' ? 'i' : c;
    if (out.ends_with("rn")) out.replace(out.size() - 2, 2, "m");
    if (out.ends_with("vv")) out.replace(out.size() - 2, 2, "w");
  }
  return out;
}

/// The reserved labels by their skeleton.
const std::unordered_map<std::string, std::string_view>& reserved() {
  static const auto kBySkeleton = [] {
    std::unordered_map<std::string, std::string_view> out;
    for (std::string_view rest = kReserved; !rest.empty();) {
      const std::size_t end = rest.find(' ');
      out.emplace(skeleton(rest.substr(0, end)), rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return out;
  }();
  return kBySkeleton;
}

/// `text` for an error message: at most 60 bytes, with '?' for unprintable bytes.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 60));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

Result<FunctionName> FunctionName::parse(std::string_view text) {
  if (auto rule = broken_rule(text); !rule.empty()) return fail(Code::invalid_name, "'" + shown(text) + "': " + rule);
  return FunctionName(std::string(text));
}

Result<> FunctionName::check_not_reserved(ReservedNames names) const {
  constexpr std::string_view kNeeded = "api";  // gateway/address uses this label for the API
  if (names == ReservedNames::needed) {
    if (text_ != kNeeded) return {};
    return fail(Code::reserved_name, "'" + text_ + "' is the address of the server's API");
  }
  const auto found = reserved().find(skeleton(text_));
  if (found == reserved().end()) return {};
  const std::string why = found->second == text_ ? "" : ", because it looks like '" + std::string(found->second) + "'";
  return fail(Code::reserved_name, "'" + text_ + "' is kept for the platform" + why);
}

}  // namespace faasta

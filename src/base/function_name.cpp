#include "base/function_name.hpp"

#include <algorithm>
#include <array>

namespace faasta {
namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 40;  // leaves room for "--v<N>" in a 63-byte DNS label (RFC 1035 section 2.3.4)

// Labels that browsers, mail, certificates and this server give a meaning of their own. Sorted.
constexpr std::array<std::string_view, 60> kReserved = {
    "account",    "admin",        "administrator", "api",       "apex",       "app",    "assets",   "auth",
    "autoconfig", "autodiscover", "billing",       "blog",      "cdn",        "cname",  "console",  "dashboard",
    "dns",        "docs",         "faasta",        "ftp",       "git",        "health", "help",     "hostmaster",
    "imap",       "internal",     "isatap",        "localhost", "login",      "logout", "mail",     "metrics",
    "mta-sts",    "mx1",          "mx2",           "news",      "ns0",        "ns1",    "ns2",      "ns3",
    "ns4",        "oauth",        "pop",           "pop3",      "postmaster", "proxy",  "registry", "root",
    "security",   "smtp",         "ssh",           "ssl",       "static",     "status", "support",  "system",
    "webmaster",  "webmail",      "wpad",          "www",
};

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

/// `text` as an error may show it: at most 60 bytes, everything unprintable as '?'.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, 60));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

Result<FunctionName> FunctionName::parse(std::string_view text) {
  if (auto rule = broken_rule(text); !rule.empty()) return fail(Code::invalid_name, "'" + shown(text) + "': " + rule);
  if (std::ranges::find(kReserved, text) != kReserved.end())
    return fail(Code::reserved_name, "'" + std::string(text) + "' is kept for the platform");
  return FunctionName(std::string(text));
}

}  // namespace faasta

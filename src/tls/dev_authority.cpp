#include "tls/dev_authority.hpp"

#include <fmt/format.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <ranges>
#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "tls/issuing.hpp"

namespace faasta::tls {
namespace {

constexpr std::chrono::days kRootLife{3650};
constexpr std::chrono::days kLeafLife{30};
/// A certificate is replaced when it expires in less than this time.
constexpr std::chrono::days kEarly{1};
constexpr std::size_t kMostMade = 10'000;
constexpr std::uint64_t kMostFileBytes = 64U << 10U;
/// By RFC 5280 section 4.2.1.10, a kind of name is allowed if no constraint mentions it. So IP addresses must be
/// excluded.
constexpr std::string_view kNoAddress = "excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::";
constexpr const char* kOrganization = "Faasta development authority";

auto failed() { return fail(Code::certificate_invalid, "the development authority: " + take_failure()); }

/// Returns the root's common name, which names the domain of the root. A common name has at most 64 characters (RFC
/// 5280 appendix A.1, ub-common-name), so a longer domain is named by its digest.
std::string common_name(const std::string& domain) {
  constexpr std::size_t kLongest = 64;
  return domain.size() <= kLongest ? domain : sha256(domain).hex();
}

}  // namespace

DevAuthority::DevAuthority(std::filesystem::path folder, std::string base_domain)
    : root_file_(folder / "root.pem"), key_file_(folder / "root.key"), base_domain_(std::move(base_domain)) {}

Result<std::unique_ptr<DevAuthority>> DevAuthority::open(const std::filesystem::path& folder, std::string base_domain) {
  if (auto made = make_folders(folder); !made) return fail(Code::certificate_invalid, made.error().detail);
  std::error_code error;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  std::unique_ptr<DevAuthority> out(new DevAuthority(folder, std::move(base_domain)));
  if (!out->read_root()) RETURN_IF_ERROR(out->make_root());
  return out;
}

bool DevAuthority::read_root() {
  const auto text = read_file(root_file_, kMostFileBytes);
  const auto key_text = read_file(key_file_, kMostFileBytes);
  if (!text || !key_text) return false;
  const Bio certificate(BIO_new_mem_buf(text->data(), static_cast<ossl_ssize_t>(text->size())));
  const Bio key(BIO_new_mem_buf(key_text->data(), static_cast<ossl_ssize_t>(key_text->size())));
  root_.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  key_.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  if (!root_ || !key_ || X509_check_private_key(root_.get(), key_.get()) != 1) {
    ERR_clear_error();
    return false;
  }
  // The root's common name is the domain for which the root was made.
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(root_.get()), NID_commonName, name.data(), name.size());
  std::time_t soon = std::chrono::system_clock::to_time_t(system_now() + kLeafLife + kEarly);
  return common_name(base_domain_) == name.data() && X509_cmp_time(X509_get0_notAfter(root_.get()), &soon) > 0;
}

Result<> DevAuthority::make_root() {
  key_ = make_key();
  if (!key_) return failed();
  root_ = begin_certificate(key_.get(), kRootLife);
  if (!root_) return failed();
  X509_NAME* const name = X509_get_subject_name(root_.get());
  const bool made =
      add_name(name, "O", kOrganization) && add_name(name, "CN", common_name(base_domain_)) &&
      X509_set_issuer_name(root_.get(), name) == 1 &&
      add_extension(root_.get(), root_.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(root_.get(), root_.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(root_.get(), root_.get(), NID_subject_key_identifier, "hash") &&
      add_extension(root_.get(), root_.get(), NID_name_constraints,
                    fmt::format("critical,permitted;DNS:localhost,permitted;DNS:{},{}", base_domain_, kNoAddress)) &&
      X509_sign(root_.get(), key_.get(), EVP_sha256()) != 0;
  if (!made) return failed();
  constexpr unsigned kOwnerOnly = 0600;
  constexpr unsigned kAll = 0644;
  RETURN_IF_ERROR(replace_file(key_file_, pem_of(key_), kOwnerOnly, Durable::yes));
  RETURN_IF_ERROR(replace_file(root_file_, pem_of(root_), kAll, Durable::yes));
  log::info("dev_authority_made", {{"root", root_file_.string()}, {"domain", base_domain_}});
  return {};
}

bool DevAuthority::may_certify(std::string_view server_name) const {
  constexpr std::size_t kLongestLabel = 63;
  const auto is_label = [](auto label) {
    return !label.empty() && static_cast<std::size_t>(std::ranges::distance(label)) <= kLongestLabel;
  };
  const auto is_within = [server_name](std::string_view domain) {
    if (server_name == domain) return true;
    return server_name.size() > domain.size() + 1 && server_name.ends_with(domain) &&
           server_name[server_name.size() - domain.size() - 1] == '.';
  };
  constexpr std::size_t kLongestName = 253;
  return server_name.size() <= kLongestName &&
         server_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos &&
         std::ranges::all_of(server_name | std::views::split('.'), is_label) &&
         (is_within("localhost") || is_within(base_domain_));
}

std::shared_ptr<const ShownCertificate> DevAuthority::find(std::string_view server_name) {
  // Some clients name no host, for example a browser that opens an address. They get the certificate of the base
  // domain.
  const std::string name(server_name.empty() ? std::string_view(base_domain_) : server_name);
  if (!may_certify(name)) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (const auto found = made_.find(name);
      found != made_.end() && found->second->certificate->not_after() > system_now() + kEarly)
    return found->second;
  auto issued = issue(name);
  if (!issued) {
    log::error("dev_certificate_failed", {{"name", name}, {"cause", issued.error().detail}});
    return nullptr;
  }
  if (made_.size() >= kMostMade) made_.clear();
  made_[name] = *issued;
  return *issued;
}

Result<std::shared_ptr<const ShownCertificate>> DevAuthority::issue(const std::string& server_name) const {
  const PrivateKey key = make_key();
  if (!key) return failed();
  const X509Certificate leaf = begin_certificate(key.get(), kLeafLife);
  const bool made = leaf && add_name(X509_get_subject_name(leaf.get()), "O", kOrganization) &&
                    X509_set_issuer_name(leaf.get(), X509_get_subject_name(root_.get())) == 1 &&
                    add_extension(leaf.get(), root_.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(leaf.get(), root_.get(), NID_key_usage, "critical,digitalSignature") &&
                    add_extension(leaf.get(), root_.get(), NID_ext_key_usage, "serverAuth") &&
                    add_extension(leaf.get(), root_.get(), NID_authority_key_identifier, "keyid:always") &&
                    add_extension(leaf.get(), root_.get(), NID_subject_alt_name, "DNS:" + server_name) &&
                    X509_sign(leaf.get(), key_.get(), EVP_sha256()) != 0;
  if (!made) return failed();
  ASSIGN_OR_RETURN(auto certificate, Certificate::parse(pem_of(leaf), pem_of(key), {root_file_, key_file_}));
  return show(std::move(certificate));
}

}  // namespace faasta::tls

#include "tls/certificate.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::tls {
namespace {

constexpr std::uint64_t kMostFileBytes = 1U << 20U;

auto invalid(const std::filesystem::path& file, std::string_view why) {
  return fail(Code::certificate_invalid, fmt::format("{}: {}", file.string(), why));
}

Bio bio_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<ossl_ssize_t>(text.size()))); }

/// Refuses a key that is encrypted with a passphrase, because no person can enter the passphrase when the server
/// starts.
int no_passphrase(char* /*into*/, int /*size*/, int /*writes*/, void* /*user*/) { return -1; }

Result<std::vector<X509Certificate>> parse_chain(std::string_view text, const std::filesystem::path& file) {
  const Bio bio = bio_of(text);
  std::vector<X509Certificate> chain;
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) chain.emplace_back(next);
  // PEM_read_bio_X509() reports the end of the text as a missing start line.
  const std::uint32_t error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string failure = take_failure();
  if (!at_end) return invalid(file, fmt::format("certificate {} cannot be read: {}", chain.size() + 1, failure));
  if (chain.empty()) return invalid(file, "it has no certificate in PEM form");
  return chain;
}

Result<PrivateKey> parse_key(std::string_view text, const std::filesystem::path& file) {
  const Bio bio = bio_of(text);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    const std::string failure = take_failure();
    if (text.find("ENCRYPTED") != std::string_view::npos)
      return invalid(file, "the private key is encrypted; store it without a passphrase, readable by the server alone");
    return invalid(file, "it has no private key in PEM form: " + failure);
  }
  constexpr int kShortestRsa = 2048;  // bits
  if (EVP_PKEY_id(key.get()) == EVP_PKEY_RSA && EVP_PKEY_bits(key.get()) < kShortestRsa)
    return invalid(file, "an RSA key must have 2048 bits or more");
  return key;
}

SystemTime time_of(const ASN1_TIME* time) {
  std::int64_t seconds = 0;
  if (ASN1_TIME_to_posix(time, &seconds) != 1) return SystemTime{};
  return SystemTime(std::chrono::seconds(seconds));
}

/// Checks that each certificate is signed by the next certificate.
Result<> check_order(const std::vector<X509Certificate>& chain, const std::filesystem::path& file) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const PrivateKey issuer(X509_get_pubkey(chain[i + 1].get()));
    const bool signs = issuer && X509_verify(chain[i].get(), issuer.get()) == 1;
    ERR_clear_error();
    if (!signs) {
      return invalid(file, fmt::format("certificate {} is not signed by the one behind it; the order must be: the "
                                       "server's own, then each issuer",
                                       i + 1));
    }
  }
  return {};
}

/// Returns when the first certificate of the chain expires. The root does not count, because clients use their own copy
/// of the root. In a chain of three or more, the last issuer does not count either: it may be a root that another root
/// has signed, and clients that know this root do not use its certificate in the chain.
Result<SystemTime> check_times(const std::vector<X509Certificate>& chain, const std::filesystem::path& file) {
  const SystemTime now = system_now();
  SystemTime first = SystemTime::max();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    X509* const one = chain[i].get();
    const bool is_root = i > 0 && X509_NAME_cmp(X509_get_subject_name(one), X509_get_issuer_name(one)) == 0;
    if (is_root || (i > 1 && i + 1 == chain.size())) continue;
    const SystemTime begin = time_of(X509_get0_notBefore(one));
    const SystemTime end = time_of(X509_get0_notAfter(one));
    if (end <= now) return invalid(file, fmt::format("certificate {} expired at {}", i + 1, rfc3339(end)));
    if (begin > now) return invalid(file, fmt::format("certificate {} is not valid before {}", i + 1, rfc3339(begin)));
    first = std::min(first, end);
  }
  return first;
}

bool is_host_name(std::string_view name) {
  const std::string_view rest = name.starts_with("*.") ? name.substr(2) : name;
  return !rest.empty() && std::ranges::all_of(rest, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

/// Returns the DNS names among the subject's alternative names. The common name is ignored (RFC 9525 section 2).
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> out;
  const std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  if (!names) return out;
  for (std::size_t i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* const data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    std::string text = lowered({data, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
    if (is_host_name(text)) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<const Certificate>> Certificate::read(const CertificateFiles& files) {
  const auto text_of = [](const std::filesystem::path& file) -> Result<std::string> {
    auto text = read_file(file, kMostFileBytes);
    if (!text) return fail(Code::certificate_invalid, text.error().detail);
    return text;
  };
  ASSIGN_OR_RETURN(const std::string chain, text_of(files.certificate));
  ASSIGN_OR_RETURN(std::string key, text_of(files.key));
  auto out = parse(chain, key, files);
  OPENSSL_cleanse(key.data(), key.size());
  return out;
}

Result<std::shared_ptr<const Certificate>> Certificate::parse(std::string_view chain, std::string_view key,
                                                              const CertificateFiles& place) {
  const std::shared_ptr<Certificate> out(new Certificate());
  ASSIGN_OR_RETURN(out->chain_, parse_chain(chain, place.certificate));
  ASSIGN_OR_RETURN(out->key_, parse_key(key, place.key));
  X509* const leaf = out->chain_.front().get();
  if (X509_check_private_key(leaf, out->key_.get()) != 1) {
    ERR_clear_error();
    return invalid(place.key,
                   "the private key does not belong to the first certificate of " + place.certificate.string());
  }
  RETURN_IF_ERROR(check_order(out->chain_, place.certificate));
  ASSIGN_OR_RETURN(out->not_after_, check_times(out->chain_, place.certificate));
  out->not_before_ = time_of(X509_get0_notBefore(leaf));
  out->names_ = names_of(leaf);
  if (out->names_.empty())
    return invalid(place.certificate, "the certificate has no DNS name among its subject's alternative names");
  return out;
}

RenewalId Certificate::renewal_id() const {
  RenewalId out;
  X509* const leaf = chain_.front().get();
  if (const ASN1_OCTET_STRING* const id = X509_get0_authority_key_id(leaf)) {
    out.authority.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)),
                         static_cast<std::size_t>(ASN1_STRING_length(id)));
  }
  std::uint8_t* der = nullptr;
  const int length = i2d_ASN1_INTEGER(X509_get_serialNumber(leaf), &der);
  const std::unique_ptr<std::uint8_t, FreeWith<OPENSSL_free>> freed(der);
  constexpr int kHeader = 2;  // a tag, and a length below 128: a serial number has at most 20 bytes (RFC 5280 4.1.2.2)
  if (length > kHeader)
    out.serial.assign(reinterpret_cast<const char*>(der) + kHeader, static_cast<std::size_t>(length - kHeader));
  return out;
}

bool Certificate::covers(std::string_view host) const {
  const std::size_t dot = host.find('.');
  const std::string_view parent = dot == std::string_view::npos || dot == 0 ? std::string_view() : host.substr(dot);
  return std::ranges::any_of(names_, [&](const std::string& name) {
    return name == host || (!parent.empty() && name.starts_with('*') && std::string_view(name).substr(1) == parent);
  });
}

}  // namespace faasta::tls

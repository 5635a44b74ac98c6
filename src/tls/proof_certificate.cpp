#include "tls/proof_certificate.hpp"

#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "base/propagate.hpp"
#include "tls/issuing.hpp"

namespace faasta::tls {
namespace {

constexpr const char* kAcmeIdentifier = "1.3.6.1.5.5.7.1.31";  // id-pe-acmeIdentifier, RFC 8737 section 6.1
constexpr std::chrono::days kLife{7};

/// Adds the digest as an octet string in a critical extension.
bool add_digest(X509* to, const std::array<std::uint8_t, 32>& digest) {
  constexpr std::uint8_t kOctetString = 4;
  std::array<std::uint8_t, 34> der{kOctetString, 32};
  std::ranges::copy(digest, der.begin() + 2);
  const std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> name(OBJ_txt2obj(kAcmeIdentifier, 1));
  const std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
  if (!name || !value || ASN1_OCTET_STRING_set(value.get(), der.data(), der.size()) != 1) return false;
  const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, name.get(), 1, value.get()));
  return extension && X509_add_ext(to, extension.get(), -1) == 1;
}

}  // namespace

Result<std::shared_ptr<const ShownCertificate>> make_proof_certificate(const std::string& name,
                                                                       const std::array<std::uint8_t, 32>& digest) {
  const PrivateKey key = make_key();
  const X509Certificate made = key ? begin_certificate(key.get(), kLife) : nullptr;
  const bool done = made && add_name(X509_get_subject_name(made.get()), "CN", "ACME challenge") &&
                    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1 &&
                    add_extension(made.get(), made.get(), NID_subject_alt_name, "DNS:" + name) &&
                    add_digest(made.get(), digest) && X509_sign(made.get(), key.get(), EVP_sha256()) != 0;
  if (!done) return fail(Code::certificate_invalid, "the certificate of a proof: " + take_failure());
  ASSIGN_OR_RETURN(auto certificate, Certificate::parse(pem_of(made), pem_of(key), {"proof", "proof"}));
  return show(std::move(certificate));
}

}  // namespace faasta::tls

#include "tls/issuing.hpp"

#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

namespace faasta::tls {

PrivateKey make_key() {
  const std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>> context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1 &&
                    EVP_PKEY_keygen(context.get(), &key) == 1;
  return PrivateKey(made ? key : nullptr);
}

bool add_name(X509_NAME* name, const char* part, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, reinterpret_cast<const std::uint8_t*>(text.c_str()), -1,
                                    -1, 0) == 1;
}

bool add_extension(X509* to, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(to, extension.get(), -1) == 1;
}

X509Certificate begin_certificate(EVP_PKEY* key, std::chrono::seconds life) {
  X509Certificate out(X509_new());
  std::array<std::uint8_t, 16> serial{};
  constexpr std::uint8_t kPositive = 0x7f;
  if (RAND_bytes(serial.data(), serial.size()) != 1) return nullptr;
  serial[0] &= kPositive;
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  constexpr long kVersion3 = 2;
  const bool made = out && number && X509_set_version(out.get(), kVersion3) == 1 &&
                    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get())) != nullptr &&
                    X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(out.get()), life.count()) != nullptr &&
                    X509_set_pubkey(out.get(), key) == 1;
  return made ? std::move(out) : nullptr;
}

std::string pem_of(const X509Certificate& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  if (!bio || PEM_write_bio_X509(bio.get(), certificate.get()) != 1 ||
      BIO_mem_contents(bio.get(), &bytes, &length) != 1)
    return {};
  return {reinterpret_cast<const char*>(bytes), length};
}

std::string pem_of(const PrivateKey& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      BIO_mem_contents(bio.get(), &bytes, &length) != 1)
    return {};
  return {reinterpret_cast<const char*>(bytes), length};
}

}  // namespace faasta::tls

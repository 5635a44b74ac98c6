#pragma once
// Makes certificates for tests.

#include <gtest/gtest.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tls/certificate.hpp"
#include "tls/library.hpp"

namespace faasta::test {

/// A certificate and its key, also as PEM.
struct Issued {
  tls::X509Certificate certificate;
  tls::PrivateKey key;
  std::string pem;
  std::string key_pem;
};

struct CertificateOrder {
  std::vector<std::string> names;      ///< DNS names; empty: the certificate has no alternative names
  std::chrono::seconds begins{-3600};  ///< from now
  std::chrono::seconds ends{std::chrono::days(30)};
  unsigned rsa_bits = 0;       ///< 0: an elliptic curve
  std::string passphrase;      ///< the passphrase of key_pem; empty: key_pem is not encrypted
  bool has_authority = false;  ///< the key identifier of its authority is 01 02 03 04, as a certificate of a CA has one
};

inline void ensure(bool made) {
  if (!made) throw std::runtime_error("a test certificate: " + tls::take_failure());
}

inline tls::PrivateKey make_test_key(unsigned rsa_bits) {
  const std::unique_ptr<EVP_PKEY_CTX, tls::FreeWith<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_id(rsa_bits > 0 ? EVP_PKEY_RSA : EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  ensure(context && EVP_PKEY_keygen_init(context.get()) == 1);
  if (rsa_bits > 0) {
    ensure(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(rsa_bits)) == 1);
  } else {
    ensure(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1);
  }
  ensure(EVP_PKEY_keygen(context.get(), &key) == 1);
  return tls::PrivateKey(key);
}

inline std::string contents(const tls::Bio& bio) {
  const std::uint8_t* bytes = nullptr;
  std::size_t length = 0;
  ensure(BIO_mem_contents(bio.get(), &bytes, &length) == 1);
  return {reinterpret_cast<const char*>(bytes), length};
}

/// Makes a certificate that `issuer` signs. Without an issuer, the certificate is self-signed.
inline Issued issue(const CertificateOrder& order, const Issued* issuer = nullptr) {
  static long serial = 0;
  Issued out;
  out.key = make_test_key(order.rsa_bits);
  out.certificate.reset(X509_new());
  X509* const raw = out.certificate.get();
  const std::string name = "test " + std::to_string(++serial);
  ensure(raw != nullptr && X509_set_version(raw, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(raw), serial) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(raw), order.begins.count()) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(raw), order.ends.count()) != nullptr &&
         X509_set_pubkey(raw, out.key.get()) == 1 &&
         X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const std::uint8_t*>(name.c_str()), -1, -1, 0) == 1 &&
         X509_set_issuer_name(raw, X509_get_subject_name(issuer ? issuer->certificate.get() : raw)) == 1);
  std::string names;
  for (const std::string& each : order.names) names += (names.empty() ? "DNS:" : ",DNS:") + each;
  const auto add = [raw](int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, raw, raw, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, tls::FreeWith<X509_EXTENSION_free>> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
    ensure(extension && X509_add_ext(raw, extension.get(), -1) == 1);
  };
  if (!names.empty()) add(NID_subject_alt_name, names);
  if (order.has_authority) add(NID_authority_key_identifier, "DER:3006800401020304");
  if (issuer == nullptr) add(NID_basic_constraints, "critical,CA:TRUE");
  ensure(X509_sign(raw, issuer ? issuer->key.get() : out.key.get(), EVP_sha256()) != 0);
  const tls::Bio pem(BIO_new(BIO_s_mem()));
  ensure(PEM_write_bio_X509(pem.get(), raw) == 1);
  out.pem = contents(pem);
  const tls::Bio key_pem(BIO_new(BIO_s_mem()));
  std::string secret = order.passphrase;
  ensure(PEM_write_bio_PrivateKey(key_pem.get(), out.key.get(), secret.empty() ? nullptr : EVP_aes_256_cbc(),
                                  reinterpret_cast<std::uint8_t*>(secret.data()), static_cast<int>(secret.size()),
                                  nullptr, nullptr) == 1);
  out.key_pem = contents(key_pem);
  return out;
}

inline void write_text(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

/// Writes NAME.crt and NAME.key.
inline tls::CertificateFiles write_pair(const std::filesystem::path& folder, const std::string& name,
                                        const Issued& issued) {
  tls::CertificateFiles files{folder / (name + ".crt"), folder / (name + ".key")};
  write_text(files.certificate, issued.pem);
  write_text(files.key, issued.key_pem);
  return files;
}

/// The certificate in the form that the server uses.
inline std::shared_ptr<const tls::Certificate> usable(const Issued& issued) {
  auto parsed = tls::Certificate::parse(issued.pem, issued.key_pem, {"test.crt", "test.key"});
  if (!parsed) throw std::runtime_error(parsed.error().detail);
  return *parsed;
}

/// A new folder, which is deleted with this object.
class TestFolder {
 public:
  TestFolder() {
    std::string made = testing::TempDir() + "faasta-tls-XXXXXX";
    if (::mkdtemp(made.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = made;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace faasta::test

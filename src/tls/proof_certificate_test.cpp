#include "tls/proof_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/obj.h>
#include <openssl/x509v3.h>

#include <numeric>

namespace faasta::tls {
namespace {

std::array<std::uint8_t, 32> some_digest() {
  std::array<std::uint8_t, 32> out{};
  std::iota(out.begin(), out.end(), std::uint8_t{1});
  return out;
}

/// RFC 8737 section 3.
TEST(ProofCertificate, ItHasTheNameAloneAndTheDigest) {
  const auto made = make_proof_certificate("a.test", some_digest());
  ASSERT_TRUE(made) << made.error().detail;
  const Certificate& certificate = *(*made)->certificate;
  EXPECT_EQ(certificate.names(), std::vector<std::string>{"a.test"});
  ASSERT_EQ(certificate.chain().size(), 1U);
  X509* const leaf = certificate.chain().front().get();
  const PrivateKey key(X509_get_pubkey(leaf));
  EXPECT_EQ(X509_verify(leaf, key.get()), 1) << "it is signed by itself";

  const std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>> id(OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1));
  const int at = X509_get_ext_by_OBJ(leaf, id.get(), -1);
  ASSERT_GE(at, 0);
  EXPECT_EQ(X509_get_ext_by_OBJ(leaf, id.get(), at), -1);
  const X509_EXTENSION* const extension = X509_get_ext(leaf, at);
  EXPECT_EQ(X509_EXTENSION_get_critical(extension), 1);
  const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(extension);
  const std::string_view der(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                             static_cast<std::size_t>(ASN1_STRING_length(value)));
  const auto digest = some_digest();
  EXPECT_EQ(der, "\x04\x20" + std::string(digest.begin(), digest.end())) << "an octet string";
}

TEST(ProofCertificate, EachHasItsOwnKey) {
  const auto one = make_proof_certificate("a.test", some_digest());
  const auto two = make_proof_certificate("a.test", some_digest());
  ASSERT_TRUE(one && two);
  EXPECT_NE(EVP_PKEY_cmp((*one)->certificate->key(), (*two)->certificate->key()), 1);
}

}  // namespace
}  // namespace faasta::tls

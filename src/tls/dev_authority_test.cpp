#include "tls/dev_authority.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.hpp"
#include "unit/test_certificates.hpp"

namespace faasta::tls {
namespace {

class DevAuthorityTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<DevAuthority> open(const std::string& domain = "fn.test") const {
    auto opened = DevAuthority::open(folder_.path() / "dev", domain);
    EXPECT_TRUE(opened) << opened.error().detail;
    return opened ? std::move(*opened) : nullptr;
  }
  static std::string root_of(const DevAuthority& authority) { return *read_file(authority.root_file()); }
  static X509Certificate certificate_of(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
    return X509Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  }
  static PrivateKey key_of(const DevAuthority& authority) {
    const std::string pem = *read_file(std::filesystem::path(authority.root_file()).replace_extension(".key"));
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<ossl_ssize_t>(pem.size())));
    return PrivateKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  }
  /// The result of a client that trusts the root: X509_V_OK or the error.
  static int verify(const X509Certificate& root, X509* leaf, const char* host) {
    const std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), root.get());
    const std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
    X509_STORE_CTX_set_default(context.get(), "ssl_server");
    X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
    if (host != nullptr) X509_VERIFY_PARAM_set1_host(rules, host, std::string_view(host).size());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
  }
  /// Makes a certificate as a thief of the key would.
  static X509Certificate forge(const X509Certificate& root, const PrivateKey& root_key, const std::string& names) {
    const PrivateKey key = test::make_test_key(0);
    X509Certificate out(X509_new());
    X509* const raw = out.get();
    X509_set_version(raw, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), 7);
    X509_gmtime_adj(X509_getm_notBefore(raw), -60);
    X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
    X509_set_pubkey(raw, key.get());
    X509_set_issuer_name(raw, X509_get_subject_name(root.get()));
    X509V3_CTX context;
    X509V3_set_ctx(&context, root.get(), raw, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, NID_subject_alt_name, names.c_str()));
    X509_add_ext(raw, extension.get(), -1);
    X509_sign(raw, root_key.get(), EVP_sha256());
    return out;
  }

  test::TestFolder folder_;
};

TEST_F(DevAuthorityTest, ItsCertificatesVerifyAgainstTheRoot) {
  const auto authority = open();
  const X509Certificate root = certificate_of(root_of(*authority));
  for (const char* name : {"fn.test", "hello.fn.test", "a.b.fn.test", "localhost", "hello.localhost"}) {
    const auto shown = authority->find(name);
    ASSERT_TRUE(shown) << name;
    EXPECT_EQ(verify(root, shown->certificate->chain().front().get(), name), X509_V_OK) << name;
    EXPECT_EQ(verify(root, shown->certificate->chain().front().get(), "other.test"), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_TRUE(shown->certificate->covers(name));
  }
  // The client sends no server name.
  EXPECT_EQ(authority->find("")->certificate->names(), (std::vector<std::string>{"fn.test"}));
}

TEST_F(DevAuthorityTest, ItMayNotCertifyOtherNames) {
  const auto authority = open();
  for (const char* name : {"example.com", "xfn.test", "fn.test.com", "test", ".fn.test", "a..fn.test", "fn.test.",
                           "a,DNS:b.fn.test", "*.fn.test", "a b.fn.test", "127.0.0.1"})
    EXPECT_FALSE(authority->find(name)) << name;
  EXPECT_FALSE(authority->find(std::string(250, 'a') + ".fn.test"));
  EXPECT_FALSE(authority->find(std::string(64, 'a') + ".fn.test")) << "a label has 63 characters at most";
}

/// A thief of the key cannot pretend to be another site.
TEST_F(DevAuthorityTest, TheRootIsNoDangerForOtherSites) {
  const auto authority = open();
  const X509Certificate root = certificate_of(root_of(*authority));
  const PrivateKey key = key_of(*authority);
  EXPECT_EQ(verify(root, forge(root, key, "DNS:evil.fn.test").get(), "evil.fn.test"), X509_V_OK);
  for (const char* names :
       {"DNS:example.com", "DNS:xfn.test", "DNS:fn.test,DNS:example.com", "DNS:*.com", "DNS:xlocalhost", "IP:192.0.2.1",
        "IP:127.0.0.1", "IP:2001:db8::1", "DNS:fn.test,IP:192.0.2.1"}) {
    const int told = verify(root, forge(root, key, names).get(), nullptr);
    EXPECT_TRUE(told == X509_V_ERR_PERMITTED_VIOLATION || told == X509_V_ERR_EXCLUDED_VIOLATION)
        << names << ": " << X509_verify_cert_error_string(told);
  }
}

TEST_F(DevAuthorityTest, TheRootIsKept) {
  const std::string root = root_of(*open());
  EXPECT_EQ(root_of(*open()), root);
  const auto authority = open();
  EXPECT_EQ(verify(certificate_of(root), authority->find("a.fn.test")->certificate->chain().front().get(), "a.fn.test"),
            X509_V_OK);
  const auto mode = std::filesystem::status(folder_.path() / "dev" / "root.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::filesystem::status(folder_.path() / "dev").permissions(), std::filesystem::perms::owner_all);
}

TEST_F(DevAuthorityTest, ADomainLongerThanACommonNameIsFine) {
  const std::string domain = std::string(60, 'a') + ".long.example.test";
  const std::string root = root_of(*open(domain));
  const auto again = open(domain);
  EXPECT_EQ(root_of(*again), root);
  const auto shown = again->find("fn." + domain);
  ASSERT_TRUE(shown);
  EXPECT_EQ(verify(certificate_of(root), shown->certificate->chain().front().get(), ("fn." + domain).c_str()),
            X509_V_OK);
}

TEST_F(DevAuthorityTest, ARootForAnotherDomainOrADamagedOneIsReplaced) {
  const std::string root = root_of(*open());
  const std::string other = root_of(*open("other.test"));
  EXPECT_NE(other, root);
  const auto again = open();
  EXPECT_NE(root_of(*again), other);
  EXPECT_FALSE(again->find("a.other.test"));
  test::write_text(again->root_file(), "damaged");
  const auto repaired = open();
  ASSERT_TRUE(repaired);
  EXPECT_TRUE(certificate_of(root_of(*repaired)));
  // This is the key of another root.
  test::write_text(folder_.path() / "dev" / "root.key", test::issue({}).key_pem);
  const auto fitting = open();
  const auto shown = fitting->find("fn.test");
  ASSERT_TRUE(shown);
  EXPECT_EQ(verify(certificate_of(root_of(*fitting)), shown->certificate->chain().front().get(), "fn.test"), X509_V_OK);
}

TEST_F(DevAuthorityTest, ANameGetsOneCertificate) {
  const auto authority = open();
  EXPECT_EQ(authority->find("a.fn.test"), authority->find("a.fn.test"));
  EXPECT_NE(authority->find("a.fn.test"), authority->find("b.fn.test"));
}

TEST_F(DevAuthorityTest, TheDomainLocalhostNeedsNoSecondConstraint) {
  const auto authority = open("localhost");
  const auto shown = authority->find("hello.localhost");
  ASSERT_TRUE(shown);
  EXPECT_EQ(verify(certificate_of(root_of(*authority)), shown->certificate->chain().front().get(), "hello.localhost"),
            X509_V_OK);
}

}  // namespace
}  // namespace faasta::tls

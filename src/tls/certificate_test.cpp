#include "tls/certificate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/test_certificates.hpp"

namespace faasta::tls {
namespace {

using test::issue;
using test::Issued;
using test::TestFolder;

/// The error for a pair; empty if there is none.
std::string problem(const std::string& chain, const std::string& key) {
  const auto parsed = Certificate::parse(chain, key, {"/x/a.crt", "/x/a.key"});
  if (!parsed) {
    EXPECT_EQ(parsed.error().code, Code::certificate_invalid);
    EXPECT_EQ(ERR_peek_error(), 0U) << "an old failure would be taken for the next one's reason";
  }
  return parsed ? std::string() : parsed.error().detail;
}

TEST(Certificate, AGoodPairIsRead) {
  const TestFolder folder;
  const Issued root = issue({});
  Issued leaf = issue({.names = {"Example.COM", "*.example.com"}}, &root);
  leaf.pem += root.pem;
  const auto read = Certificate::read(test::write_pair(folder.path(), "a", leaf));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->chain().size(), 2U);
  EXPECT_EQ((*read)->names(), (std::vector<std::string>{"example.com", "*.example.com"}));
  EXPECT_LT((*read)->not_before(), system_now());
  EXPECT_GT((*read)->not_after(), system_now() + std::chrono::days(29));
}

TEST(Certificate, AWildcardCoversOneLabel) {
  const auto certificate = test::usable(issue({.names = {"*.example.com", "other.net"}}));
  EXPECT_TRUE(certificate->covers("a.example.com"));
  EXPECT_TRUE(certificate->covers("other.net"));
  for (const char* host :
       {"example.com", "a.b.example.com", ".example.com", "a.other.net", "com", "", ".", "xexample.com"})
    EXPECT_FALSE(certificate->covers(host)) << host;
}

TEST(Certificate, TextBeforeAndBehindIsSkipped) {
  const Issued root = issue({});
  const Issued leaf = issue({.names = {"a.test"}}, &root);
  EXPECT_EQ(problem("Subject: a\n" + leaf.pem + "\nIssuer: b\n" + root.pem + "\n\n", leaf.key_pem), "");
}

TEST(Certificate, AnRsaKeyOf2048BitsIsTaken) {
  const Issued rsa = issue({.names = {"a.test"}, .rsa_bits = 2048});
  EXPECT_EQ(problem(rsa.pem, rsa.key_pem), "");
}

TEST(Certificate, EachProblemNamesTheFileAndTheReason) {
  const Issued root = issue({});
  const Issued leaf = issue({.names = {"a.test"}}, &root);
  const Issued other = issue({.names = {"a.test"}});
  const Issued expired = issue({.names = {"a.test"}, .begins = std::chrono::hours(-2), .ends = std::chrono::hours(-1)});
  const Issued early = issue({.names = {"a.test"}, .begins = std::chrono::hours(1)});
  const Issued locked = issue({.names = {"a.test"}, .passphrase = "secret"});
  const Issued nameless = issue({});
  const Issued weak = issue({.names = {"a.test"}, .rsa_bits = 1024});
  const Issued old_root = issue({.begins = std::chrono::hours(-2), .ends = std::chrono::hours(-1)}, &root);
  const Issued below_old = issue({.names = {"a.test"}}, &old_root);
  std::string damaged = leaf.pem;
  damaged.replace(damaged.find('\n') + 20, 8, "########");
  std::string second_damaged = root.pem;
  second_damaged.replace(second_damaged.find('\n') + 20, 8, "########");
  const struct {
    std::string chain, key, file, reason;
  } kCases[] = {
      {leaf.pem, other.key_pem, "/x/a.key", "does not belong to the first certificate of /x/a.crt"},
      {root.pem + leaf.pem, root.key_pem, "/x/a.crt", "certificate 1 is not signed by the one behind it"},
      {leaf.pem + other.pem, leaf.key_pem, "/x/a.crt", "certificate 1 is not signed by the one behind it"},
      {leaf.pem + root.pem + other.pem, leaf.key_pem, "/x/a.crt", "certificate 2 is not signed by the one behind it"},
      {expired.pem, expired.key_pem, "/x/a.crt", "certificate 1 expired at 20"},
      {below_old.pem + old_root.pem + root.pem, below_old.key_pem, "/x/a.crt", "certificate 2 expired at 20"},
      {early.pem, early.key_pem, "/x/a.crt", "certificate 1 is not valid before 20"},
      {locked.pem, locked.key_pem, "/x/a.key", "the private key is encrypted"},
      {nameless.pem, nameless.key_pem, "/x/a.crt", "no DNS name"},
      {weak.pem, weak.key_pem, "/x/a.key", "2048 bits"},
      {"", leaf.key_pem, "/x/a.crt", "no certificate in PEM form"},
      {"hello", leaf.key_pem, "/x/a.crt", "no certificate in PEM form"},
      {leaf.key_pem, leaf.key_pem, "/x/a.crt", "no certificate in PEM form"},
      {leaf.pem, "", "/x/a.key", "no private key in PEM form"},
      {leaf.pem, leaf.pem, "/x/a.key", "no private key in PEM form"},
      {damaged, leaf.key_pem, "/x/a.crt", "certificate 1 cannot be read"},
      {leaf.pem + second_damaged, leaf.key_pem, "/x/a.crt", "certificate 2 cannot be read"},
      {leaf.pem.substr(0, leaf.pem.size() / 2), leaf.key_pem, "/x/a.crt", "certificate"},
  };
  for (const auto& one : kCases) {
    const std::string told = problem(one.chain, one.key);
    EXPECT_TRUE(told.starts_with(one.file + ": ")) << one.reason << " -> " << told;
    EXPECT_NE(told.find(one.reason), std::string::npos) << one.reason << " -> " << told;
  }
}

TEST(Certificate, AnExpiredRootDoesNotCount) {
  const Issued root = issue({.begins = std::chrono::hours(-2), .ends = std::chrono::hours(-1)});
  const Issued leaf = issue({.names = {"a.test"}}, &root);
  EXPECT_EQ(problem(leaf.pem + root.pem, leaf.key_pem), "") << "the root itself";
  const Issued signer = issue({});
  const Issued crossed = issue({.begins = std::chrono::hours(-2), .ends = std::chrono::hours(-1)}, &signer);
  const Issued issuer = issue({}, &crossed);
  const Issued below = issue({.names = {"a.test"}}, &issuer);
  EXPECT_EQ(problem(below.pem + issuer.pem + crossed.pem, below.key_pem), "") << "a root that another root has signed";
}

TEST(Certificate, ItExpiresWithTheFirstOfItsChain) {
  const Issued root = issue({});
  const Issued issuer = issue({.ends = std::chrono::days(3)}, &root);
  const Issued leaf = issue({.names = {"a.test"}, .ends = std::chrono::days(30)}, &issuer);
  const auto read = Certificate::parse(leaf.pem + issuer.pem + root.pem, leaf.key_pem, {"/x/a.crt", "/x/a.key"});
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_LT((*read)->not_after(), system_now() + std::chrono::days(4));
}

TEST(Certificate, FilesThatCannotBeReadAreNamed) {
  const TestFolder folder;
  const CertificateFiles files = test::write_pair(folder.path(), "a", issue({.names = {"a.test"}}));
  const auto told = [](const CertificateFiles& pair) {
    const auto read = Certificate::read(pair);
    return read ? std::string() : read.error().detail;
  };
  EXPECT_EQ(told(files), "");
  const std::string missing = told({files.certificate, folder.path() / "b.key"});
  EXPECT_NE(missing.find("b.key"), std::string::npos) << missing;
  EXPECT_NE(missing.find("No such file"), std::string::npos) << missing;
  const std::string folder_told = told({folder.path(), files.key});
  EXPECT_NE(folder_told.find(folder.path().string()), std::string::npos) << folder_told;
  test::write_text(files.certificate, std::string((1U << 20U) + 1, 'x'));
  EXPECT_NE(told(files).find("a.crt is larger"), std::string::npos) << told(files);
  test::write_text(files.certificate, "");
  EXPECT_NE(told(files).find("a.crt: it has no certificate"), std::string::npos) << told(files);
}

/// RFC 9773 section 4.1 has this example: the serial number 00:87:65:43:21 begins with a zero byte, which makes the
/// number positive.
TEST(Certificate, ItsIdNamesItToTheCa) {
  const Issued made = issue({.names = {"a.test"}, .has_authority = true});
  ASSERT_EQ(ASN1_INTEGER_set(X509_get_serialNumber(made.certificate.get()), 0x87654321), 1);
  ASSERT_NE(X509_sign(made.certificate.get(), made.key.get(), EVP_sha256()), 0);
  const Bio pem(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_X509(pem.get(), made.certificate.get()), 1);
  const auto read = Certificate::parse(test::contents(pem), made.key_pem, {"/x/a.crt", "/x/a.key"});
  ASSERT_TRUE(read) << read.error().detail;
  const RenewalId id = (*read)->renewal_id();
  EXPECT_EQ(id.authority, "\x01\x02\x03\x04");
  EXPECT_EQ(id.serial, std::string("\x00\x87\x65\x43\x21", 5));
  EXPECT_EQ(test::usable(issue({.names = {"a.test"}}))->renewal_id().authority, "");
}

}  // namespace
}  // namespace faasta::tls

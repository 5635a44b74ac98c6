#include "cli/client/dev_root.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace faasta::cli {
namespace {

TEST(DevRoot, TakesOneCertificateAndNothingElse) {
  const std::string one = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(is_one_certificate(one));
  EXPECT_TRUE(is_one_certificate("a comment\n" + one));
  EXPECT_FALSE(is_one_certificate(one + one));
  EXPECT_FALSE(is_one_certificate("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n" + one));
  EXPECT_FALSE(is_one_certificate(one + "-----BEGIN EC PRIVATE KEY-----\n"));
  EXPECT_FALSE(is_one_certificate("-----BEGIN CERTIFICATE-----\nAA=="));
  EXPECT_FALSE(is_one_certificate(""));
}

TEST(DevRoot, FindsProfilesOfFirefoxAndNamesChromiumsStore) {
  const auto home = std::filesystem::temp_directory_path() / "faasta-trust-stores";
  std::filesystem::remove_all(home);
  for (const char* profile : {".mozilla/firefox/a.default", ".mozilla/firefox/no-store"})
    std::filesystem::create_directories(home / profile);
  std::ofstream(home / ".mozilla/firefox/a.default/cert9.db") << "x";
  const auto stores = trust_stores(home);
  ASSERT_EQ(stores.size(), 2U);
  EXPECT_EQ(stores[0].folder, home / ".mozilla/firefox/a.default");
  EXPECT_EQ(stores[0].reader, "Firefox");
  EXPECT_EQ(stores[1].folder, home / ".pki/nssdb");
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace faasta::cli

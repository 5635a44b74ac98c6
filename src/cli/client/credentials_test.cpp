#include "cli/client/credentials.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "cli/client/private_server.hpp"

namespace faasta::cli {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777U;
}

class CredentialsTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_ = std::move(*TemporaryFolder::make());
  std::filesystem::path path_ = folder_.path() / "config" / "faasta" / "credentials.toml";
};

TEST_F(CredentialsTest, AreKeptForEachServer) {
  auto saved = Credentials::load(path_);
  ASSERT_TRUE(saved);
  saved->set("http://api.localhost:8080", "one");
  saved->set("https://api.example.com", "two");
  ASSERT_TRUE(saved->save());
  const auto loaded = Credentials::load(path_);
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->token("http://api.localhost:8080"), "one");
  EXPECT_EQ(loaded->token("https://api.example.com"), "two");
  EXPECT_FALSE(loaded->token("https://api.example.org"));
}

/// A sign-in waits for a browser, and meanwhile other commands save and remove tokens.
TEST_F(CredentialsTest, TwoCommandsAtOnceLoseNothing) {
  auto before = Credentials::load(path_);
  before->set("http://left.test", "old");
  ASSERT_TRUE(before->save());
  auto slow = Credentials::load(path_);
  auto quick = Credentials::load(path_);
  quick->set("http://quick.test", "two");
  EXPECT_TRUE(quick->remove("http://left.test"));
  ASSERT_TRUE(quick->save());
  slow->set("http://slow.test", "one");
  ASSERT_TRUE(slow->save());
  const auto now = Credentials::load(path_);
  EXPECT_EQ(now->token("http://quick.test"), "two");
  EXPECT_EQ(now->token("http://slow.test"), "one");
  EXPECT_FALSE(now->token("http://left.test"));
}

TEST_F(CredentialsTest, AreReadableByTheirOwnerOnlyWhateverTheUmask) {
  for (const mode_t mask : {0000U, 0022U, 0777U}) {
    auto credentials = Credentials::load(path_);
    ASSERT_TRUE(credentials);
    credentials->set("http://api.localhost:8080", "secret");
    const mode_t before = ::umask(mask == 0777U ? 0277U : mask);  // 0777 would also make the folders inaccessible
    const auto saved = credentials->save();
    ::umask(before);
    ASSERT_TRUE(saved) << saved.error().detail;
    EXPECT_EQ(mode_of(path_), 0600U);
    EXPECT_EQ(mode_of(path_.parent_path()), 0700U);
  }
}

TEST_F(CredentialsTest, AreForgottenOnce) {
  auto credentials = Credentials::load(path_);
  ASSERT_TRUE(credentials);
  credentials->set("a", "token");
  EXPECT_TRUE(credentials->remove("a"));
  EXPECT_FALSE(credentials->remove("a"));
}

TEST_F(CredentialsTest, SayWhereTheirFileIsDamagedWithoutShowingIt) {
  std::filesystem::create_directories(path_.parent_path());
  ASSERT_TRUE(replace_file(path_, "[servers]\nsecret = = 1\n", 0600, Durable::no));
  const auto credentials = Credentials::load(path_);
  ASSERT_FALSE(credentials);
  EXPECT_NE(credentials.error().detail.find("credentials.toml:2:"), std::string::npos) << credentials.error().detail;
}

}  // namespace
}  // namespace faasta::cli

#include "server/github_config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace faasta::server {
namespace {

GithubConfig with_app() {
  GithubConfig out;
  out.client_id = "id";
  out.client_secret = "secret";
  return out;
}

std::string why_not(GithubConfig config) {
  const auto done = complete(config);
  return done ? "" : done.error().detail;
}

TEST(GithubConfig, WithoutAnAppThereIsNothingToCheck) {
  GithubConfig none;
  EXPECT_TRUE(complete(none));
  EXPECT_FALSE(none.enabled());
}

TEST(GithubConfig, KnowsWhereTheApiIs) {
  GithubConfig config = with_app();
  ASSERT_TRUE(complete(config));
  EXPECT_EQ(config.api_url, "https://api.github.com");
  config = with_app();
  config.url = "https://git.example.com/";
  ASSERT_TRUE(complete(config));
  EXPECT_EQ(config.url, "https://git.example.com");
  EXPECT_EQ(config.api_url, "https://git.example.com/api/v3");
}

TEST(GithubConfig, IdAndSecretBelongTogether) {
  GithubConfig config = with_app();
  config.client_secret.clear();
  EXPECT_NE(why_not(config).find("FAASTAD_GITHUB_CLIENT_SECRET"), std::string::npos);
  config = with_app();
  config.client_id.clear();
  EXPECT_NE(why_not(config).find("no github.client_id"), std::string::npos);
  config = with_app();
  config.client_secret_file = "/also";
  EXPECT_NE(why_not(config).find("both given"), std::string::npos);
  config = with_app();
  config.client_secret = "two words";
  EXPECT_NE(why_not(config).find("control character"), std::string::npos);
}

TEST(GithubConfig, ReadsTheSecretFromAFile) {
  const std::string file = testing::TempDir() + "github-secret";
  std::ofstream(file) << "from-a-file\n";
  GithubConfig config = with_app();
  config.client_secret.clear();
  config.client_secret_file = file;
  ASSERT_TRUE(complete(config));
  EXPECT_EQ(config.client_secret, "from-a-file");
  config = with_app();
  config.client_secret.clear();
  config.client_secret_file = file + "-missing";
  EXPECT_NE(why_not(config).find("client_secret_file"), std::string::npos);
}

TEST(GithubConfig, TheVariableWinsAndIsGoneThen) {
  ::setenv("FAASTAD_GITHUB_CLIENT_SECRET", "from-outside", 1);
  const char* const bytes = std::getenv("FAASTAD_GITHUB_CLIENT_SECRET");
  GithubConfig config = with_app();
  ASSERT_TRUE(complete(config));
  EXPECT_EQ(config.client_secret, "from-outside");
  EXPECT_EQ(std::getenv("FAASTAD_GITHUB_CLIENT_SECRET"), nullptr);
  EXPECT_EQ(*bytes, '\0');
}

TEST(GithubConfig, RefusesUrlsThatSecretsMustNotGoTo) {
  for (const char* url : {"http://github.com", "http://127.0.0.1.example.com", "ftp://github.com", "github.com", "",
                          "https://user@github.com", "https://github.com?x", "https://github.com#x"}) {
    GithubConfig config = with_app();
    config.url = url;
    EXPECT_NE(why_not(config).find("github.url"), std::string::npos) << url;
    config = with_app();
    config.api_url = *url == '\0' ? "http://api.github.com" : url;
    EXPECT_NE(why_not(config).find("github.api_url"), std::string::npos) << url;
  }
  for (const char* url : {"http://127.0.0.1:1234", "http://localhost:1234", "http://[::1]:1234"}) {
    GithubConfig config = with_app();
    config.url = url;
    EXPECT_EQ(why_not(config), "") << url;
  }
}

TEST(GithubConfig, RefusesWhatNobodyIsCalled) {
  GithubConfig config = with_app();
  config.allowed_logins = {""};
  EXPECT_NE(why_not(config).find("allowed_logins"), std::string::npos);
  config = with_app();
  config.allowed_ids = {0};
  EXPECT_NE(why_not(config).find("allowed_ids"), std::string::npos);
}

}  // namespace
}  // namespace faasta::server

#include "cli/project/environments.hpp"

#include <gtest/gtest.h>

#include "cli/project/project_file.hpp"

namespace faasta::cli {
namespace {

constexpr const char* kFile = R"(name = "shop"
[limits]
cpu_ms = 20
memory_mb = 64
[allow]
outbound = ["https://a.example", "https://b.example"]
[env]
GREETING = "hi"
MODE = "live"
[secrets]
required = ["KEY"]
[environments.staging]
env = { MODE = "test", MORE = "x" }
limits = { cpu_ms = 40 }
allow = { outbound = ["https://c.example"] }
[environments.named]
name = "another"
)";

TEST(Environments, AreMergedKeyByKey) {
  const auto base = parse_project(kFile);
  ASSERT_TRUE(base) << base.error().detail;
  EXPECT_EQ(base->name.str(), "shop");
  EXPECT_EQ(base->settings.env, (Variables{{"GREETING", "hi"}, {"MODE", "live"}}));
  const auto staging = parse_project(kFile, "staging");
  ASSERT_TRUE(staging) << staging.error().detail;
  EXPECT_EQ(staging->name.str(), "shop-staging");
  EXPECT_EQ(staging->environment, "staging");
  EXPECT_EQ(staging->settings.env, (Variables{{"GREETING", "hi"}, {"MODE", "test"}, {"MORE", "x"}}));
  EXPECT_EQ(staging->limits[0]->units, 40);
  EXPECT_EQ(staging->limits[0]->place, "faasta.toml:14:21: ") << "a merged value keeps its place";
  EXPECT_EQ(staging->limits[2]->units, 64);
  EXPECT_EQ(staging->settings.outbound, std::vector<std::string>{"https://c.example"}) << "a list replaces";
  EXPECT_EQ(staging->settings.required_secrets, std::vector<std::string>{"KEY"});
  EXPECT_EQ(parse_project(kFile, "named")->name.str(), "another");
}

TEST(Environments, MistakesAreNamed) {
  const struct {
    std::string more;
    std::string environment;
    std::string expected;
  } kCases[] = {
      {"", "stagin", "faasta.toml has no environment 'stagin'; did you mean `staging`?"},
      {"", "x", "faasta.toml has no environment 'x'; it has named, staging"},
      {"[environments.bad]\nnmae = \"x\"\n", "",
       "faasta.toml:19:1: unknown key `nmae`; did you mean `name`? (environment `bad`)"},
      {"[environments.bad]\nlimits = { cpu_ms = 0 }\n", "staging",
       "faasta.toml:19:21: `limits.cpu_ms` must be a whole number, 1 or more (environment `bad`)"},
      {"[environments.bad.environments]\n", "bad", "`environments.bad` has environments itself"},
  };
  for (const auto& one : kCases) {
    const auto read = parse_project(kFile + one.more, one.environment);
    ASSERT_FALSE(read) << one.expected;
    EXPECT_EQ(read.error().detail, one.expected);
  }
  EXPECT_EQ(parse_project("name = \"shop\"\nenvironments = 1\n").error().detail,
            "faasta.toml:2:16: `environments` must have a table for each environment");
  EXPECT_EQ(parse_project("name = \"shop\"\n[environments]\nx = 1\n").error().detail,
            "faasta.toml:3:5: `environments.x` must be a table");
  EXPECT_EQ(parse_project("name = \"shop\"\n", "x").error().detail, "faasta.toml has no environment 'x'; it has none");
}

TEST(Environments, VariablesAreChecked) {
  const struct {
    const char* text;
    const char* expected;
  } kCases[] = {
      {"[env]\nA = 1\n", "faasta.toml:3:5: `env.A` must be a text in quotes"},
      {"[env]\n\"a-b\" = \"x\"\n", "faasta.toml:3:1: `env`: 'a-b' has characters"},
      {"env = 1\n", "faasta.toml:2:7: `env` must be a table: [env]"},
      {"[env]\nA = \"x\"\n[secrets]\nrequired = [\"A\"]\n",
       "faasta.toml:2:1: the name 'A' stands twice in variables and secrets"},
  };
  for (const auto& one : kCases) {
    const auto read = parse_project(std::string("name = \"shop\"\n") + one.text);
    ASSERT_FALSE(read) << one.text;
    EXPECT_EQ(read.error().detail.substr(0, std::string_view(one.expected).size()), one.expected);
  }
}

}  // namespace
}  // namespace faasta::cli

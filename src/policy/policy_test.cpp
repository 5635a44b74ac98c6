#include "policy/policy.hpp"

#include <gtest/gtest.h>

namespace faasta::policy {
namespace {

Package package(std::string name, std::string version, std::string source = "crates.io") {
  return {std::move(name), std::move(version), std::move(source), Kind::runtime, {}, false};
}

/// hello -> wstd -> `last`.
DependencyList function_with(Package last) {
  Package root = package("hello", "0.1.0", "local");
  root.root = true;
  root.dependencies = {1};
  Package middle = package("wstd", "0.6.8");
  middle.dependencies = {2};
  return {{root, middle, std::move(last)}};
}

Policy parsed(std::string_view text) {
  auto policy = parse_policy(text, "policy.toml");
  EXPECT_TRUE(policy) << policy.error().detail;
  return policy ? *policy : Policy{};
}

bool refuses(const Policy& policy, Package last, const PackageFacts& facts = {}) {
  return !evaluate(policy, function_with(std::move(last)), {{}, {}, facts}).empty();
}

TEST(Policy, OfNobodyLetsRegistriesThroughAndNothingElse) {
  const Policy policy;
  for (const char* good :
       {"crates.io", "registry", "sparse+https://crates.example.com/", "registry+https://x", "local"})
    EXPECT_FALSE(refuses(policy, package("a", "1.0.0", good))) << good;
  for (const char* bad : {"git", "git+https://example.com/a", "path", "vendored", "local-registry", "cratesio",
                          "CRATES.IO", "crates.io ", "http://x"})
    EXPECT_TRUE(refuses(policy, package("a", "1.0.0", bad))) << bad;
  PackageFacts facts;
  facts.build_script = facts.proc_macro = true;
  EXPECT_FALSE(refuses(policy, package("a", "1.0.0"), facts));
  facts.without_checksum = true;
  EXPECT_TRUE(refuses(policy, package("a", "1.0.0"), facts));
}

TEST(Policy, SaysWhichWhyByWhomAndWhatToDo) {
  const Policy policy = parsed("[dependencies]\ndeny = [{ name = 'bad_one', version = '<2', reason = 'RUSTSEC-1' }]\n");
  const auto found = evaluate(policy, function_with(package("Bad-One", "1.9.0")));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(describe(found[0]),
            "Bad-One 1.9.0 (crates.io): the policy denies bad_one <2: RUSTSEC-1\n  by hello 0.1.0 -> wstd 0.6.8 -> "
            "Bad-One 1.9.0");
  EXPECT_EQ(found[0].fix, "Update or remove it: `cargo update -p Bad-One`");
  EXPECT_FALSE(refuses(policy, package("bad-one", "2.0.0")));
  EXPECT_TRUE(refuses(policy, package("bad-one", "2.0.0-rc.1"))) << "a pre-release of 2 comes before it";
  EXPECT_TRUE(refuses(policy, package("bad-one", "1.0.0+build")));
  EXPECT_TRUE(refuses(policy, package("bad-one", "1.0.0", "local"))) << "a copy in the workspace";
}

TEST(Policy, FindsEveryViolation) {
  const Policy policy = parsed("[dependencies]\ndeny = ['a']\nallow = ['wstd', { name = 'a', version = '=1.0.0' }]\n");
  EXPECT_EQ(evaluate(policy, function_with(package("a", "2.0.0", "git"))).size(), 3U);
}

TEST(Policy, AllowsOnlyWhatIsNamedIfAnythingIs) {
  const Policy policy = parsed("[dependencies]\nallow = ['wstd', { name = 'a', version = '^1.2' }]\n");
  EXPECT_FALSE(refuses(policy, package("a", "1.2.0")));
  EXPECT_TRUE(refuses(policy, package("a", "2.0.0")));
  EXPECT_TRUE(refuses(policy, package("a", "1.3.0-alpha"))) << "cargo would not choose it either";
  EXPECT_TRUE(refuses(policy, package("b", "1.2.0")));
  EXPECT_FALSE(refuses(policy, package("own", "0.1.0", "local")));
}

TEST(Policy, KnowsOneRegistryAndOneRepositoryFromAnother) {
  const Policy one = parsed(
      "[dependencies]\nsources = ['crates.io', 'sparse+https://crates.example.com/index/', "
      "'git+https://git.example.com/ours', 'path']\n");
  for (const char* good :
       {"crates.io", "sparse+https://crates.example.com/index", "git+https://git.example.com/ours",
        "git+https://git.example.com/ours/a?branch=x#123", "git+https://git.example.com/ours#1", "path"})
    EXPECT_FALSE(refuses(one, package("a", "1.0.0", good))) << good;
  for (const char* bad :
       {"registry", "sparse+https://crates.example.com/", "sparse+https://crates.example.com/index/more", "git",
        "git+https://git.example.com/ours2", "git+https://git.example.com/", "vendored", "local-registry"})
    EXPECT_TRUE(refuses(one, package("wstd", "1.0.0", bad))) << bad;
}

TEST(Policy, DeniesBuildCodeButForTheNamed) {
  const Policy policy =
      parsed("[dependencies]\nbuild_scripts = 'deny'\nallow_build_scripts = ['lib_c']\nproc_macros = 'deny'\n");
  PackageFacts script;
  script.build_script = true;
  PackageFacts macro;
  macro.proc_macro = true;
  EXPECT_TRUE(refuses(policy, package("a", "1.0.0"), script));
  EXPECT_FALSE(refuses(policy, package("lib-c", "1.0.0"), script));
  EXPECT_TRUE(refuses(policy, package("lib-c", "1.0.0"), macro));
  EXPECT_FALSE(refuses(policy, package("a", "1.0.0")));
}

TEST(Policy, NarrowsImports) {
  const std::vector<std::string> imports = {"wasi:http/types@0.2.4", "wasi:sockets/tcp@0.2.0", "wasi:cli/exit@0.2.0"};
  EXPECT_TRUE(refused_imports(Policy{}, imports).empty());
  EXPECT_EQ(refused_imports(parsed("[imports]\ndeny = ['wasi:sockets/*']"), imports),
            std::vector<std::string>{imports[1]});
  EXPECT_EQ(refused_imports(parsed("[imports]\nallow = ['wasi:http/*', 'wasi:cli/exit']"), imports),
            std::vector<std::string>{imports[1]});
  EXPECT_EQ(
      refused_imports(parsed("[imports]\nallow = ['wasi:http/*', 'wasi:cli/*']\ndeny = ['wasi:cli/exit']"), imports)
          .size(),
      2U);
}

TEST(Policy, SaysTheLineOfAnError) {
  const struct {
    const char* text;
    const char* says;
  } rows[] = {
      {"[imprts]\n", "p.toml:1:2: there is no setting 'imprts'"},
      {"[imports]\n\ndeny = ['wasi:nothing/here']\n", "p.toml:3:9: 'wasi:nothing/here' is no interface"},
      {"[imports]\nalow = []\n", "p.toml:2:1: there is no setting 'imports.alow'"},
      {"[dependencies]\nsource = []\n", "p.toml:2:1: there is no setting 'dependencies.source'"},
      {"[dependencies]\nsources = ['crates-io']\n", "p.toml:2:12: 'crates-io' is none of"},
      {"[dependencies]\nsources = 'git'\n", "p.toml:2:11: 'dependencies.sources' must be a list"},
      {"[dependencies]\ndeny = [{ name = 'a', version = 'x.1' }]\n", "p.toml:2:33: 'x.1' is not a version requirement"},
      {"[[dependencies.deny]]\nnam = 'a'\n", "p.toml:2:1: there is no setting 'dependencies.deny.nam'"},
      {"[[dependencies.deny]]\nversion = '1'\n", "has no name"},
      {"[dependencies]\ndeny = ['a b']\n", "p.toml:2:9: 'a b' is not the name of a package"},
      {"[dependencies]\nbuild_scripts = 'no'\n", "p.toml:2:17: 'dependencies.build_scripts' must be"},
      {"[dependencies]\nallow_proc_macros = ['a']\n", "says nothing unless proc_macros"},
      {"[dependencies]\nrequire_embedded_list = 1\n",
       "p.toml:2:25: 'dependencies.require_embedded_list' must be true or false"},
      {"dependencies = 1\n", "p.toml:1:16: 'dependencies' must be a table"},
      {"[dependencies\n", "p.toml:1:"},
  };
  for (const auto& row : rows) {
    const auto policy = parse_policy(row.text, "p.toml");
    ASSERT_FALSE(policy) << row.text;
    EXPECT_EQ(policy.error().code, Code::config_invalid);
    EXPECT_NE(policy.error().detail.find(row.says), std::string::npos) << policy.error().detail;
  }
}

TEST(Policy, GoesThroughJsonUnchanged) {
  const Policy policies[] = {
      Policy{}, parsed("[imports]\nallow = ['wasi:io/*']\ndeny = ['wasi:cli/exit']\n"
                       "[dependencies]\nsources = ['git']\nrequire_embedded_list = true\nbuild_scripts = 'deny'\n"
                       "allow_build_scripts = ['libc']\nallow = ['x']\ndeny = [{ name = 'a', version = '>=1, <2', "
                       "reason = 'so' }]\n")};
  for (const Policy& policy : policies) {
    const json::object document = to_json(policy);
    const auto back = policy_from_json(document);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(to_json(*back), document);
  }
  json::object newer = to_json(Policy{});
  newer["dependencies"].get_object()["no_unsafe"] = true;
  EXPECT_FALSE(policy_from_json(newer)) << "what a rule means must not be guessed";
  for (const char* missing : {"imports", "dependencies"}) {
    json::object less = to_json(Policy{});
    less.erase(missing);
    EXPECT_FALSE(policy_from_json(less));
  }
}

}  // namespace
}  // namespace faasta::policy

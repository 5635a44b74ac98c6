#include "store/catalog_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::store::catalog_rules {
namespace {

constexpr OwnerId kOwner{7};
constexpr OwnerId kAnother{8};
constexpr std::optional<FunctionRow> kNone = std::nullopt;

FunctionName name() { return *FunctionName::parse("hello"); }
std::optional<FunctionRow> function(OwnerId owner, std::uint32_t active) {
  return FunctionRow{FunctionId{1}, owner, active, active + 1};
}
SystemTime at(int seconds) { return SystemTime(std::chrono::seconds(1'000'000 + seconds)); }
template <class T>
std::optional<Code> code(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

TEST(CatalogRules, AFunctionIsItsOwners) {
  const struct {
    std::optional<FunctionRow> function;
    std::optional<Code> deploy, change;
  } kCases[] = {
      {kNone, std::nullopt, Code::function_not_found},
      {function(kOwner, 3), std::nullopt, std::nullopt},
      {function(kAnother, 3), Code::name_taken, Code::function_not_found},
  };
  for (const auto& one : kCases) {
    EXPECT_EQ(code(not_anothers(one.function, kOwner, name())), one.deploy);
    EXPECT_EQ(code(own(one.function, kOwner, name())), one.change);
  }
  EXPECT_EQ(own(function(kOwner, 3), kOwner, name())->active, 3U);
}

TEST(CatalogRules, ANewFunctionTakesAFreeName) {
  const struct {
    const char* name;
    ReservedNames reserved;
    bool kept;
    std::optional<Code> expected;
  } kCases[] = {
      {"hello", ReservedNames::among_strangers, false, std::nullopt},
      {"hello", ReservedNames::among_strangers, true, Code::name_taken},
      {"login", ReservedNames::among_strangers, false, Code::reserved_name},
      {"login", ReservedNames::among_strangers, true, Code::reserved_name},
      {"login", ReservedNames::needed, false, std::nullopt},
      {"api", ReservedNames::needed, false, Code::reserved_name},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(code(may_take(*FunctionName::parse(one.name), one.reserved, one.kept)), one.expected) << one.name;
  EXPECT_EQ(kept_until(at(0)) - at(0), std::chrono::days(30));
}

TEST(CatalogRules, ADeployReplacesTheVersionThatItMeans) {
  const struct {
    std::optional<FunctionRow> function;
    std::optional<std::uint32_t> replaces;
    bool may;
  } kCases[] = {
      {kNone, std::nullopt, true},
      {kNone, 0, true},
      {kNone, 1, false},
      {function(kOwner, 3), std::nullopt, true},
      {function(kOwner, 3), 3, true},
      {function(kOwner, 3), 2, false},
      {function(kOwner, 3), 0, false},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(code(may_replace(one.function, one.replaces)), one.may ? std::nullopt : std::optional(Code::conflict));
}

TEST(CatalogRules, ADeployIsWithinTheQuota) {
  const struct {
    Quota quota;
    Usage usage;
    bool creates;
    std::optional<Code> expected;
  } kCases[] = {
      {{.functions = 3}, {.functions = 2}, true, std::nullopt},
      {{.functions = 3}, {.functions = 3}, true, Code::quota_functions},
      {{.functions = 3}, {.functions = 9}, true, Code::quota_functions},
      {{.functions = 3}, {.functions = 3}, false, std::nullopt},
      {{.functions = 0}, {.functions = 999}, true, std::nullopt},
      {{.deploys_per_hour = 2}, {.deploys_last_hour = 1}, false, std::nullopt},
      {{.deploys_per_hour = 2}, {.deploys_last_hour = 2}, false, Code::quota_deploys},
      {{.deploys_per_hour = 0}, {.deploys_last_hour = 99}, true, std::nullopt},
      {{.functions = 1, .deploys_per_hour = 1}, {.functions = 1, .deploys_last_hour = 1}, true, Code::quota_functions},
  };
  for (const auto& one : kCases) {
    const auto verdict = may_deploy({one.usage, one.quota, at(0)}, one.creates, at(60));
    EXPECT_EQ(code(verdict), one.expected);
    if (one.expected == Code::quota_deploys) {
      EXPECT_EQ(verdict.error().retry_after, std::chrono::minutes(59));
    }
  }
}

TEST(CatalogRules, WhatIsStoredIsWithinTheQuota) {
  constexpr std::uint64_t kMebibyte = 1U << 20U;
  const struct {
    std::uint32_t stored_mb;
    std::uint64_t bytes;
    bool fits;
  } kCases[] = {{2, 2 * kMebibyte, true}, {2, 2 * kMebibyte + 1, false}, {0, 999 * kMebibyte, true}};
  for (const auto& one : kCases) {
    const auto verdict = fits({{.stored_bytes = one.bytes}, {.stored_mb = one.stored_mb}});
    EXPECT_EQ(code(verdict), one.fits ? std::nullopt : std::optional(Code::quota_stored)) << one.bytes;
  }
}

std::vector<VersionRow> versions(const std::vector<std::uint32_t>& numbers) {
  std::vector<VersionRow> out;
  for (const std::uint32_t number : numbers) out.push_back({number, sha256(std::to_string(number % 10))});
  return out;
}

TEST(CatalogRules, TheNewestVersionsAndTheActiveOneAreKept) {
  const struct {
    std::vector<std::uint32_t> there;
    std::uint32_t active, kept;
    std::vector<std::uint32_t> pruned;
  } kCases[] = {
      {{1}, 1, 3, {}},
      {{3, 2, 1}, 3, 3, {}},
      {{4, 3, 2, 1}, 4, 3, {1}},
      {{4, 3, 2, 1}, 1, 3, {2}},
      {{4, 3, 2, 1}, 2, 2, {3, 1}},
      {{4, 3, 2, 1}, 4, 1, {3, 2, 1}},
      {{4, 3, 2, 1}, 4, 0, {3, 2, 1}},  // an operator may set this figure; the active version is still kept
      {{}, 1, 3, {}},
  };
  for (const auto& one : kCases)
    EXPECT_EQ(to_prune(versions(one.there), std::array{one.active}, one.kept), versions(one.pruned))
        << one.active << one.kept;
}

TEST(CatalogRules, ARollbackGoesToAKeptVersion) {
  const struct {
    std::vector<std::uint32_t> there;
    std::uint32_t active;
    std::optional<std::uint32_t> wanted;
    std::optional<std::uint32_t> target;
    std::optional<Code> refused{};
  } kCases[] = {
      {{3, 2, 1}, 3, std::nullopt, 2},
      {{5, 4, 2}, 4, std::nullopt, 2},
      {{5, 4, 2}, 2, std::nullopt, std::nullopt, Code::nothing_to_roll_back},
      {{1}, 1, std::nullopt, std::nullopt, Code::nothing_to_roll_back},
      {{3, 2, 1}, 1, 3, 3},
      {{3, 2, 1}, 2, 2, 2},
      {{3, 1}, 3, 2, std::nullopt, Code::version_not_found},
  };
  for (const auto& one : kCases) {
    const auto target = rollback_target(versions(one.there), one.active, one.wanted, name());
    EXPECT_EQ(code(target), one.refused);
    if (one.target) {
      EXPECT_EQ(target.value_or(0), *one.target);
    }
  }
}

TEST(CatalogRules, EachDigestIsNamedOnce) {
  EXPECT_EQ(digests(versions({11, 2, 1})).size(), 2U);
  EXPECT_TRUE(digests({}).empty());
}

TEST(CatalogRules, VersionsWithAnAliasAreKeptBesideTheOthers) {
  EXPECT_EQ(to_prune(versions({5, 4, 3, 2, 1}), std::array{5U, 2U}, 2), versions({3, 1}));
}

TEST(CatalogRules, ARollbackPassesAVersionThatNeverWasLive) {
  std::vector<VersionRow> there = versions({3, 2, 1});
  there[1].was_live = false;
  EXPECT_EQ(rollback_target(there, 3, std::nullopt, name()), 1U);
  EXPECT_EQ(rollback_target(there, 3, 2, name()), 2U);
}

TEST(CatalogRules, ALockKeepsTheLiveVersion) {
  FunctionRow locked = *function(kOwner, 3);
  EXPECT_EQ(code(may_add_version(locked, true, name())), std::nullopt);
  locked.lock_reason = "a reason";
  EXPECT_EQ(code(may_add_version(locked, true, name())), Code::function_locked);
  EXPECT_EQ(code(may_add_version(locked, false, name())), std::nullopt);
  EXPECT_EQ(code(not_locked(locked)), Code::function_locked);
}

TEST(CatalogRules, AFirstVersionBecomesActive) {
  EXPECT_EQ(code(may_add_version(kNone, true, name())), std::nullopt);
  EXPECT_EQ(code(may_add_version(kNone, false, name())), Code::function_not_found);
}

TEST(CatalogRules, AFunctionHasAtMost20Aliases) {
  std::vector<AliasRecord> there;
  for (int i = 0; i < 19; ++i) there.push_back({"a" + std::to_string(i), 1});
  EXPECT_EQ(code(may_have_alias(there, "b")), std::nullopt);
  there.push_back({"b", 1});
  EXPECT_EQ(code(may_have_alias(there, "c")), Code::alias_invalid);
  EXPECT_EQ(code(may_have_alias(there, "b")), std::nullopt) << "it only moves";
  EXPECT_EQ(code(may_have_alias({}, "v1")), Code::alias_invalid);
}

}  // namespace
}  // namespace faasta::store::catalog_rules

#include "policy/version_requirement.hpp"

#include <gtest/gtest.h>

namespace faasta::policy {
namespace {

bool holds(std::string_view requirement, std::string_view version, PreReleases pre = PreReleases::as_cargo) {
  const auto parsed = VersionRequirement::parse(requirement);
  const auto of = Version::parse(version);
  EXPECT_TRUE(parsed && of) << requirement << " " << version;
  return parsed && of && parsed->matches(*of, pre);
}

TEST(Version, IsReadAsSemanticVersioningSays) {
  for (const char* good : {"0.0.0", "1.2.3", "1.2.3-alpha", "1.2.3-alpha.1.x-y", "1.2.3+build.007", "1.2.3-0+b",
                           "18446744073709551615.0.0"})
    EXPECT_TRUE(Version::parse(good)) << good;
  for (const char* bad : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3-a..b", "v1.2.3",
                          " 1.2.3", "1.2.3-é", "18446744073709551616.0.0", "1.2.x", "1.2.3-a+b+c"})
    EXPECT_FALSE(Version::parse(bad)) << bad;
}

TEST(Version, HasTheOrderOfSemanticVersioning) {
  const char* ascending[] = {
      "0.9.9",      "1.0.0-0",      "1.0.0-2",       "1.0.0-10",   "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",       "1.0.1",         "1.1.0",
      "2.0.0"};
  for (std::size_t i = 0; i < std::size(ascending); ++i)
    for (std::size_t j = 0; j < std::size(ascending); ++j)
      EXPECT_EQ(*Version::parse(ascending[i]) <=> *Version::parse(ascending[j]), i <=> j)
          << ascending[i] << " " << ascending[j];
  EXPECT_EQ(*Version::parse("1.0.0+a") <=> *Version::parse("1.0.0+b"), std::strong_ordering::equal);
}

struct Row {
  const char* requirement;
  std::vector<const char*> yes;
  std::vector<const char*> no;
};

TEST(VersionRequirement, MatchesAsTheCrateDoes) {
  const Row rows[] = {
      {"1.2.3", {"1.2.3", "1.2.4", "1.3.0", "1.2.3+b"}, {"1.2.2", "2.0.0", "0.2.3", "1.2.3-a", "1.3.0-a"}},
      {"^1.2", {"1.2.0", "1.9.9"}, {"1.1.9", "2.0.0", "1.2.0-a"}},
      {"^1", {"1.0.0", "1.9.9"}, {"0.9.0", "2.0.0"}},
      {"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2", "1.0.0"}},
      {"^0.2", {"0.2.0", "0.2.9"}, {"0.3.0"}},
      {"^0.0.3", {"0.0.3"}, {"0.0.4", "0.1.0"}},
      {"^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"}},
      {"^0", {"0.0.1", "0.9.0"}, {"1.0.0"}},
      {"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0", "1.2.2"}},
      {"~1.2", {"1.2.0", "1.2.9"}, {"1.3.0", "1.1.0"}},
      {"~1", {"1.0.0", "1.9.0"}, {"2.0.0"}},
      {"=1.2.3", {"1.2.3", "1.2.3+b"}, {"1.2.4", "1.2.3-a"}},
      {"=1.2", {"1.2.0", "1.2.7"}, {"1.3.0", "1.2.0-a"}},
      {">1.2.3", {"1.2.4", "2.0.0"}, {"1.2.3", "1.2.4-a"}},
      {">1.2", {"1.3.0", "2.0.0"}, {"1.2.9"}},
      {">=1.2.3", {"1.2.3", "9.0.0"}, {"1.2.2"}},
      {">=1", {"1.0.0", "2.0.0"}, {"0.9.9"}},
      {"<1.2.3", {"1.2.2", "0.1.0"}, {"1.2.3", "1.2.3-a"}},
      {"<=1.2.3", {"1.2.3", "1.0.0"}, {"1.2.4"}},
      {"<=1.2", {"1.2.9", "0.1.0"}, {"1.3.0"}},
      {">=1.2, <1.4", {"1.2.0", "1.3.9"}, {"1.4.0", "1.1.9"}},
      {" >= 1.2 ,  < 1.4 ", {"1.3.0"}, {"1.4.0"}},
      {"1.*", {"1.0.0", "1.9.9"}, {"2.0.0", "1.0.0-a"}},
      {"1.2.*", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"1.x.X", {"1.3.0"}, {"2.0.0"}},
      {"*", {"0.0.0", "99.0.0"}, {"1.0.0-a"}},
      {"=1.2.3-alpha.3", {"1.2.3-alpha.3"}, {"1.2.3", "1.2.3-alpha.4"}},
      {">=1.2.3-alpha.3", {"1.2.3-alpha.3", "1.2.3-alpha.10", "1.2.3", "2.0.0"}, {"1.2.3-alpha.2", "1.2.4-alpha.9"}},
      {"~1.2.3-beta.2", {"1.2.3-beta.2", "1.2.3-rc", "1.2.9"}, {"1.2.3-beta.1", "1.2.4-beta.2"}},
      {"1.2.*, >=1.2.3-a", {"1.2.3"}, {"1.2.3-a"}},
  };
  for (const Row& row : rows) {
    for (const char* version : row.yes)
      EXPECT_TRUE(holds(row.requirement, version)) << row.requirement << " " << version;
    for (const char* version : row.no)
      EXPECT_FALSE(holds(row.requirement, version)) << row.requirement << " " << version;
  }
}

TEST(VersionRequirement, IncludesPreReleasesWhereItIsAskedTo) {
  const auto included = PreReleases::included;
  EXPECT_TRUE(holds("*", "1.0.0-alpha", included));
  EXPECT_TRUE(holds("<1.2.3", "1.2.3-rc.1", included));
  EXPECT_TRUE(holds("<1.2.3", "1.2.2-rc.1", included));
  EXPECT_TRUE(holds("<2", "2.0.0-rc.1", included));
  EXPECT_FALSE(holds("<2", "2.0.0", included));
  EXPECT_TRUE(holds("<=2", "2.7.0", included));
  EXPECT_TRUE(holds("^1.1", "1.2.0-rc.1", included));
  EXPECT_TRUE(holds("=1.2", "1.2.0-rc.1", included));
  EXPECT_TRUE(holds("1.2.*", "1.2.0-rc.1", included));
  EXPECT_FALSE(holds("=1.2.0", "1.2.0-rc.1", included));
  EXPECT_FALSE(holds("^1.2.0", "1.2.0-rc.1", included));
}

TEST(VersionRequirement, RefusesWhatCargoRefuses) {
  for (const char* bad : {"", "abc", "1.2.3.4", "1.*.2", "*.1", "*, 1", "1, *", "1.2-alpha", "1.2.*-a", ">>1", "==1",
                          "01", "1.2.3-", "1.2.3 4", "1,", ",1", "1.2+b", "^", "1..2"})
    EXPECT_FALSE(VersionRequirement::parse(bad)) << bad;
  std::string many = "1";
  for (int i = 0; i < 32; ++i) many += ",1";
  EXPECT_FALSE(VersionRequirement::parse(many));
}

}  // namespace
}  // namespace faasta::policy

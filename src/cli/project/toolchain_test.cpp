#include "cli/project/toolchain.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(Toolchain, ReadsTheVersionsOfTheProgramsThatWeAsk) {
  EXPECT_EQ(version_in("v20.20.2\n"), "20.20.2");
  EXPECT_EQ(version_in("go version go1.26.8 linux/amd64\n"), "1.26.8");
  EXPECT_EQ(version_in("cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n"), "1.95.0");
  EXPECT_EQ(version_in("componentize-py 0.25.1\n"), "0.25.1");
  EXPECT_EQ(version_in("Version 7.0.2\n"), "7.0.2");
  EXPECT_EQ(version_in("build 7 of 2.1."), "2.1");
  EXPECT_EQ(version_in("no number, 7 alone"), "");
}

TEST(Toolchain, ComparesVersionsNumberByNumber) {
  EXPECT_TRUE(is_at_least("20.20.2", "20.0"));
  EXPECT_TRUE(is_at_least("0.23.0", "0.23.0"));
  EXPECT_TRUE(is_at_least("1.100.0", "1.85"));
  EXPECT_FALSE(is_at_least("18.20.4", "20.0"));
  EXPECT_FALSE(is_at_least("0.9.9", "0.23.0"));
  EXPECT_FALSE(is_at_least("1", "1.24"));
  EXPECT_FALSE(is_at_least("", "1.0"));
}

TEST(Toolchain, NamesOneLineThatInstallsAll) {
  const Language* const ts = find_language("ts");
  ASSERT_NE(ts, nullptr);
  std::vector<FoundTool> missing;
  for (const Tool& tool : ts->tools) missing.push_back({tool, {}, {}, false});
  const std::string line = install_line({missing.begin() + 1, missing.end()});
  EXPECT_EQ(line, ts->tools.back().install) << "three programs of one npm install";
  EXPECT_EQ(install_line(missing), std::string(ts->tools.front().install) + " && " + line);
}

TEST(Toolchain, ThePackagesOfTheProjectComeFirst) {
  const std::string path = search_path("/project");
  EXPECT_TRUE(path.starts_with("/project/node_modules/.bin:/project/.venv/bin:")) << path;
}

}  // namespace
}  // namespace faasta::cli

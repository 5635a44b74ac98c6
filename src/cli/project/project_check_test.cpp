#include "cli/project/project_check.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

std::string wrong(std::string_view limits) {
  const auto project = parse_project("name = \"hello\"\n[limits]\n" + std::string(limits));
  EXPECT_TRUE(project) << limits;
  const auto checked = check_limits(*project, CallLimits(), "the server");
  return checked ? std::string() : checked.error().detail;
}

TEST(ProjectCheck, SaysWhereALimitIsAboveItsCeiling) {
  EXPECT_EQ(wrong("cpu_ms = 500\n"), "faasta.toml:3:10: `limits.cpu_ms` is 500; the server allows 50 at most");
  EXPECT_EQ(wrong("cpu_ms = 50\n  timeout_ms = 30001\n"),
            "faasta.toml:4:16: `limits.timeout_ms` is 30001; the server allows 30000 at most");
  EXPECT_EQ(wrong("memory_mb = 129\n"), "faasta.toml:3:13: `limits.memory_mb` is 129; the server allows 128 at most");
}

TEST(ProjectCheck, CeilingsThemselvesAreAllowed) {
  EXPECT_EQ(wrong("cpu_ms = 50\ntimeout_ms = 30000\nmemory_mb = 128\n"), "");
  EXPECT_EQ(wrong(""), "");
}

}  // namespace
}  // namespace faasta::cli

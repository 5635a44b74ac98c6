#include "compile/compiler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace faasta::compile {
namespace {

std::vector<std::string> environment_of(Urgency urgency) {
  return Compiler::child_program("/data", urgency).environment.value_or(std::vector<std::string>());
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

TEST(Compiler, OnlyAnUrgentCompileHasAllCores) {
  const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
  const auto behind = environment_of(Urgency::behind);
  EXPECT_TRUE(has(behind, "RAYON_NUM_THREADS=" + std::to_string(cores - 1)));
  EXPECT_FALSE(has(behind, std::string(kUrgentVariable) + "=1"));
  const auto urgent = environment_of(Urgency::urgent);
  EXPECT_TRUE(has(urgent, "RAYON_NUM_THREADS=" + std::to_string(cores)));
  EXPECT_TRUE(has(urgent, std::string(kUrgentVariable) + "=1"));
}

TEST(Compiler, AChildGetsNoOtherVariable) {
  for (const Urgency urgency : {Urgency::behind, Urgency::urgent})
    for (const std::string& variable : environment_of(urgency))
      EXPECT_TRUE(variable.starts_with("RAYON_NUM_THREADS=") || variable.starts_with(kUrgentVariable) ||
                  variable.starts_with("TSAN_OPTIONS="))
          << variable;
}

}  // namespace
}  // namespace faasta::compile

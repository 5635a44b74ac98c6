#include "compile/report.hpp"

#include <gtest/gtest.h>

namespace faasta::compile {
namespace {

TEST(Report, CrossesThePipeWhole) {
  const auto back = report_from_json(to_json(Report{{"wasi:http/types@0.2.0", "a\"b"}, 7}));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->imports, (std::vector<std::string>{"wasi:http/types@0.2.0", "a\"b"}));
  EXPECT_EQ(back->compiled_size, 7U);
  EXPECT_FALSE(back->dependencies);
  Report with{{}, 7};
  with.dependencies = policy::DependencyList{{{"a", "1.0.0", "crates.io", policy::Kind::build, {0}, true}}};
  const auto again = report_from_json(to_json(with));
  ASSERT_TRUE(again && again->dependencies);
  EXPECT_EQ(again->dependencies->packages, with.dependencies->packages);
  Report damaged{{}, 7};
  damaged.list_damage = "it is not compressed";
  EXPECT_EQ(report_from_json(to_json(damaged))->list_damage, damaged.list_damage);
}

TEST(Report, IsBoundedHoweverLongTheNamesOfAComponent) {
  // A report that was longer than the pipe's buffer once blocked a compile thread for ever.
  const std::string text = to_json(fail(Code::component_no_handler, std::string(2U << 20U, 'x')));
  EXPECT_LT(text.size(), 8192U);
  EXPECT_EQ(report_from_json(text).error().code, Code::component_no_handler);
}

TEST(Report, IsAFailureWhenItIsNotOne) {
  for (const char* bad : {"", "{", "[]", "{\"imports\":1}", "{\"error\":\"no such code\"}"}) {
    EXPECT_EQ(report_from_json(bad).error().code, Code::component_compile_failed) << bad;
  }
}

}  // namespace
}  // namespace faasta::compile

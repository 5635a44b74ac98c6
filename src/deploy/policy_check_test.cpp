#include "deploy/policy_check.hpp"

#include <gtest/gtest.h>

namespace faasta::deploy {
namespace {

policy::Package package(std::string name, std::string source) {
  return {std::move(name), "1.0.0", std::move(source), policy::Kind::runtime, {}, false};
}

TEST(PolicyCheck, LetsThroughWhatNothingIsAgainst) {
  compile::Report report;
  report.imports = {"wasi:http/types@0.2.0"};
  EXPECT_TRUE(check_policy({}, report)) << "without a list";
  report.dependencies = policy::DependencyList{{package("good", "crates.io")}};
  EXPECT_TRUE(check_policy({}, report));
}

TEST(PolicyCheck, AComponentWithoutAListIsRefusedWhereOneIsNeeded) {
  policy::Policy policy;
  policy.require_embedded_list = true;
  EXPECT_EQ(check_policy(policy, {}).error().code, Code::dependency_list_missing);
  compile::Report with_list;
  with_list.dependencies = policy::DependencyList{};
  EXPECT_TRUE(check_policy(policy, with_list));
}

TEST(PolicyCheck, NamesEachImportThatIsRefused) {
  policy::Policy policy;
  policy.denied_imports = {"wasi:sockets/*", "wasi:cli/exit"};
  compile::Report report;
  report.imports = {"wasi:sockets/tcp@0.2.0", "wasi:io/poll@0.2.0", "wasi:cli/exit@0.2.0"};
  const auto refused = check_policy(policy, report);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::component_refused_import);
  EXPECT_EQ(refused.error().detail, "wasi:sockets/tcp@0.2.0\nwasi:cli/exit@0.2.0");
}

TEST(PolicyCheck, AListThatCannotBeReadIsNoListThatIsMissing) {
  compile::Report report;
  report.list_damage = "it is not JSON";
  const auto refused = check_policy({}, report);
  EXPECT_EQ(refused.error().code, Code::dependency_list_damaged);
  EXPECT_EQ(refused.error().detail, "it is not JSON");
}

TEST(PolicyCheck, ShowsFiftyViolationsAndHowManyMoreThereAre) {
  compile::Report report;
  report.dependencies = policy::DependencyList{};
  for (int i = 0; i < 53; ++i) report.dependencies->packages.push_back(package("bad" + std::to_string(i), "git"));
  const auto refused = check_policy({}, report);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::dependency_refused);
  EXPECT_NE(refused.error().detail.find("bad49 "), std::string::npos);
  EXPECT_EQ(refused.error().detail.find("bad50 "), std::string::npos);
  EXPECT_TRUE(refused.error().detail.ends_with("\nand 3 more")) << refused.error().detail;
}

}  // namespace
}  // namespace faasta::deploy

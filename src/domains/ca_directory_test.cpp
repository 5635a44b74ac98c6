#include "domains/ca_directory.hpp"

#include <gtest/gtest.h>

namespace faasta::domains {
namespace {

TEST(CaDirectory, HasTheNamesOfTheCa) {
  EXPECT_EQ(identities_in(R"({"meta":{"caaIdentities":["ca.example",7,"b.example"]}})").value(),
            (std::vector<std::string>{"ca.example", "b.example"}));
  for (const char* none : {"{}", R"({"meta":1})", R"({"meta":{}})", R"({"meta":{"caaIdentities":"x"}})"})
    EXPECT_TRUE(identities_in(none).value().empty()) << none;
  EXPECT_FALSE(identities_in("<html>"));
}

TEST(CaDirectory, ACaThatCannotBeReachedIsNamed) {
  CaDirectory directory("http://127.0.0.1:1/directory", "");
  const auto names = directory.identities();
  ASSERT_FALSE(names);
  EXPECT_NE(names.error().find("http://127.0.0.1:1/directory"), std::string::npos);
}

}  // namespace
}  // namespace faasta::domains

#include "gateway/known_names.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace faasta::gateway {
namespace {

class KnownNamesTest : public testing::Test {
 protected:
  /// How many of some names that no function has are looked up.
  int looked_up_in_vain() {
    int out = 0;
    for (int i = 0; i < 1000; ++i) out += names_.should_look_up("nobody-" + std::to_string(i)) ? 1 : 0;
    return out;
  }

  std::set<std::string> catalog_ = {"hello", "echo"};
  std::function<void()> during_;  ///< called while the names are read
  bool fails_ = false;
  KnownNames names_{[this](const auto& visit) -> Result<> {
    for (const std::string& name : catalog_) visit(name);
    if (during_) during_();
    if (fails_) return fail(Code::io_error, "as the test wants it");
    return {};
  }};
};

TEST_F(KnownNamesTest, BeforeTheFirstReadAllNamesAreLookedUp) { EXPECT_EQ(looked_up_in_vain(), 1000); }

TEST_F(KnownNamesTest, InventedNamesAreNotLookedUp) {
  names_.reload();
  EXPECT_TRUE(names_.should_look_up("hello"));
  EXPECT_TRUE(names_.should_look_up("echo"));
  EXPECT_LE(looked_up_in_vain(), 6);
  EXPECT_TRUE(names_.should_look_up("hello"));
}

/// Another process may have added the function.
TEST_F(KnownNamesTest, AFewNamesAreLookedUpAllTheSame) {
  names_.reload();
  EXPECT_TRUE(names_.should_look_up("added-by-another-server"));
}

TEST_F(KnownNamesTest, ANewNameIsKnownAtOnce) {
  names_.reload();
  static_cast<void>(looked_up_in_vain());
  names_.add("later");
  EXPECT_TRUE(names_.should_look_up("later"));
}

TEST_F(KnownNamesTest, ANameThatIsAddedWhileTheNamesAreReadIsKept) {
  during_ = [this] { names_.add("meanwhile"); };
  names_.reload();
  static_cast<void>(looked_up_in_vain());
  EXPECT_TRUE(names_.should_look_up("meanwhile"));
}

TEST_F(KnownNamesTest, ADeletedNameIsForgottenAfterItWasMissed) {
  names_.reload();
  catalog_.erase("hello");
  names_.refresh();
  EXPECT_EQ(names_.count(), 2U) << "no name was missed";
  names_.note_missing("nobody");
  names_.refresh();
  EXPECT_EQ(names_.count(), 2U) << "the name is not in the set";
  names_.note_missing("hello");
  names_.refresh();
  EXPECT_EQ(names_.count(), 1U);
  static_cast<void>(looked_up_in_vain());
  EXPECT_FALSE(names_.should_look_up("hello"));
}

TEST_F(KnownNamesTest, IfTheNamesCannotBeReadAllAreLookedUp) {
  names_.reload();
  fails_ = true;
  names_.reload();
  EXPECT_EQ(looked_up_in_vain(), 1000);
  fails_ = false;
  names_.refresh();
  EXPECT_LE(looked_up_in_vain(), 6);
}

TEST_F(KnownNamesTest, AnIdleFunctionTakesFewBytes) {
  for (int i = 0; i < 200'000; ++i) catalog_.insert("function-" + std::to_string(i));
  names_.reload();
  EXPECT_GE(names_.count(), 200'000U);
  EXPECT_LE(names_.bytes() / names_.count(), 12U);
}

}  // namespace
}  // namespace faasta::gateway

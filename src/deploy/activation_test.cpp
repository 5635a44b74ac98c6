#include "deploy/activation.hpp"

#include <gtest/gtest.h>

#include "unit/test_store.hpp"

namespace faasta::deploy {
namespace {

/// Uses a real catalog. `before_next` is called once, between the read of the active version and the transaction.
class ActivationTest : public testing::Test {
 protected:
  using Names = std::vector<std::string>;

  static store::NewVersion version(std::string_view bytes, Names imports = {}) {
    return {sha256(bytes), bytes.size(), 1, std::move(imports), {}, {}};
  }
  store::Activated deploy(const store::NewVersion& version) {
    return test::value_of(store_.catalog().deploy(kActor, name_, version, {}));
  }
  Result<Activation> activate(store::NewVersion version, bool allow_new = false) {
    return deploy::activate(
        std::move(version), allow_new, [this] { return find_live(); },
        [this](const store::NewVersion& wanted) {
          ++tries_;
          if (const auto work = std::exchange(before_next_, nullptr)) work();
          return store_.catalog().deploy(kActor, name_, wanted, {});
        });
  }
  Result<Live> find_live() {
    auto found = store_.catalog().function(kActor.owner, name_);
    if (!found && found.error().code != Code::function_not_found) return std::unexpected(found.error());
    return found ? Live(std::move(*found)) : Live();
  }
  std::uint32_t active() { return test::value_of(find_live())->version; }

  static constexpr Actor kActor{kSingleOwner};
  const FunctionName name_ = *FunctionName::parse("hello");
  test::TestStore store_;
  std::function<void()> before_next_;
  int tries_ = 0;
};

TEST_F(ActivationTest, TheFirstVersionHasNoChange) {
  const auto done = activate(version("a", {"x:y/z"}));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->done.version, 1U);
  EXPECT_FALSE(done->change);
  EXPECT_EQ(tries_, 1);
}

TEST_F(ActivationTest, WhoLosesTheRaceTakesTheWinnersPlace) {
  deploy(version("a", {"x:y/z"}));
  before_next_ = [this] { deploy(version("b", {"x:y/z"})); };
  const auto done = activate(version("c"));
  ASSERT_TRUE(done);
  EXPECT_EQ(tries_, 2);
  EXPECT_EQ(done->done.version, 3U);
  EXPECT_EQ(done->done.previous, 2U);
  EXPECT_EQ(done->change->removed.imports, Names{"x:y/z"});
}

TEST_F(ActivationTest, TheLockIsAskedAgainAgainstTheWinner) {
  deploy(version("a", {"x:y/z"}));
  before_next_ = [this] { deploy(version("b")); };  // the deploy that wins has fewer capabilities
  const auto done = activate(version("c", {"x:y/z"}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::new_capabilities);
  EXPECT_EQ(tries_, 1);
  EXPECT_EQ(active(), 2U);
}

TEST_F(ActivationTest, ARollbackIsAWinnerToo) {
  deploy(version("a"));
  deploy(version("b", {"x:y/z"}));
  before_next_ = [this] { test::value_of(store_.catalog().roll_back(kActor, name_, std::nullopt)); };
  EXPECT_EQ(activate(version("c", {"x:y/z"})).error().code, Code::new_capabilities);
  EXPECT_EQ(active(), 1U);
  EXPECT_EQ(activate(version("c", {"x:y/z"}), true)->change->added.imports, Names{"x:y/z"});
}

TEST_F(ActivationTest, AFunctionThatWasDeletedMeanwhileIsANewOne) {
  deploy(version("a", {"x:y/z"}));
  before_next_ = [this] { test::value_of(store_.catalog().remove(kActor, name_)); };
  const auto done = activate(version("b", {"x:y/z"}));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(tries_, 2);
  EXPECT_FALSE(done->change);
  EXPECT_FALSE(done->done.previous);
}

TEST_F(ActivationTest, AnotherFailureIsNotTriedAgain) {
  const auto done = deploy::activate(
      version("a"), false, [this] { return find_live(); },
      [this](const store::NewVersion&) -> Result<store::Activated> {
        ++tries_;
        return fail(Code::quota_stored, "full");
      });
  EXPECT_EQ(done.error().code, Code::quota_stored);
  EXPECT_EQ(tries_, 1);
  const auto unreadable = deploy::activate(
      version("a"), false, []() -> Result<Live> { return fail(Code::io_error); },
      [](const store::NewVersion&) -> Result<store::Activated> { return store::Activated{}; });
  EXPECT_EQ(unreadable.error().code, Code::io_error);
}

}  // namespace
}  // namespace faasta::deploy

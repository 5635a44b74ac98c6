#include "gateway/owner_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

constexpr OwnerId kOne{1};
constexpr OwnerId kTwo{2};

/// Work that goes on until the test ends it.
class Work {
 public:
  [[nodiscard]] auto job() {
    return [this]() -> Result<int> {
      ++begun_;
      ended_.wait(false);
      return 1;
    };
  }
  [[nodiscard]] int begun() const { return begun_; }
  void end() {
    ended_ = true;
    ended_.notify_all();
  }

 private:
  std::atomic<bool> ended_{false};
  std::atomic<int> begun_{0};
};

Result<int> quick() { return 2; }

class OwnerPoolTest : public testing::Test {
 protected:
  void TearDown() override { long_.end(); }
  void make(const OwnerPool::Bounds& bounds = {}) { pool_ = std::make_unique<OwnerPool>(2, bounds); }
  [[nodiscard]] auto begin(OwnerId owner, auto work) { return loop_.begin(pool_->run(owner, std::move(work))); }
  /// Begins work without bounds, and waits until it runs.
  [[nodiscard]] auto hold(OwnerId owner) {
    const int before = long_.begun();
    auto out = loop_.begin(pool_->finish(owner, long_.job()));
    loop_.run_until([&] { return long_.begun() > before; });
    return out;
  }

  test::ScriptedLoop loop_;
  Work long_;
  std::unique_ptr<OwnerPool> pool_;
};

TEST_F(OwnerPoolTest, LongJobsOfOneOwnerLeaveAThreadToOthers) {
  make();
  const auto first = hold(kOne);
  std::vector<test::Pending<Result<int>>> more;
  for (int i = 0; i < 5; ++i) more.push_back(begin(kOne, long_.job()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(loop_.finish(begin(kTwo, quick)), 2);
  EXPECT_EQ(long_.begun(), 1) << "one job of an owner at a time";
  EXPECT_FALSE(first->has_value());
  long_.end();
  EXPECT_EQ(loop_.finish(first), 1);
  for (const auto& one : more) EXPECT_EQ(loop_.finish(one), 1);
  EXPECT_EQ(long_.begun(), 6);
}

TEST_F(OwnerPoolTest, AnOwnerHasALimitedLine) {
  make({.waiting = 2});
  const auto first = hold(kOne);
  const auto second = begin(kOne, quick), third = begin(kOne, quick), refused = begin(kOne, quick);
  ASSERT_TRUE(refused->has_value());
  EXPECT_EQ((*refused)->error().code, Code::busy_owner);
  EXPECT_GT((*refused)->error().retry_after.count(), 0);
  const auto begun = loop_.begin(pool_->finish(kOne, quick));
  EXPECT_EQ(loop_.finish(begin(kTwo, quick)), 2) << "the limit is of each owner";
  EXPECT_FALSE(begun->has_value()) << "an answer that has begun is not refused";
  long_.end();
  for (const auto& one : {second, third, begun}) EXPECT_EQ(loop_.finish(one), 2);
  EXPECT_EQ(loop_.finish(begin(kOne, quick)), 2);
}

TEST_F(OwnerPoolTest, AJobWaitsForALimitedTime) {
  make({.wait = std::chrono::milliseconds(0)});
  const auto first = hold(kOne);
  bool ran = false;
  const auto late = begin(kOne, [&ran]() -> Result<int> {
    ran = true;
    return 3;
  });
  const auto begun = loop_.begin(pool_->finish(kOne, quick));
  long_.end();
  EXPECT_EQ(loop_.finish(late).error().code, Code::busy_owner);
  EXPECT_FALSE(ran);
  EXPECT_EQ(loop_.finish(begun), 2);
}

TEST_F(OwnerPoolTest, AnExceptionReachesTheCaller) {
  make();
  const auto fails = [](OwnerPool& pool) -> Task<bool> {
    try {
      static_cast<void>(co_await pool.run(kOne, []() -> Result<int> { throw std::runtime_error("x"); }));
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  EXPECT_TRUE(loop_.run(fails(*pool_)));
  EXPECT_EQ(loop_.finish(begin(kOne, quick)), 2);
}

}  // namespace
}  // namespace faasta::gateway

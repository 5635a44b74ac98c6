#include "gateway/route_cache.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "unit/cpu_time.hpp"

namespace faasta::gateway {
namespace {

/// Resolves each name to a target; the version of the target is the number of look-ups so far.
class RouteCacheTest : public testing::Test {
 protected:
  Result<std::shared_ptr<const Target>> resolve(std::string_view name) {
    ++look_ups_;
    if (during_) std::exchange(during_, nullptr)();
    if (name == "nobody") return nullptr;
    if (name == "broken") return fail(Code::io_error);
    Target target;
    target.deployed.version = static_cast<std::uint32_t>(look_ups_);
    target.look_up_again = look_up_again_;
    return std::make_shared<const Target>(std::move(target));
  }
  std::uint32_t version_of(std::string_view name, std::string_view label = {}) {
    return (*cache_.find(name, label))->deployed.version;
  }

  int look_ups_ = 0;
  SteadyTime look_up_again_ = SteadyTime::max();
  std::function<void()> during_;  // called once, during the query of the catalog
  RouteCache cache_{[this](std::string_view name, std::string_view) { return resolve(name); }};
};

TEST_F(RouteCacheTest, AsksTheCatalogOnce) {
  EXPECT_EQ(version_of("a"), 1U);
  EXPECT_EQ(version_of("a"), 1U);
  EXPECT_EQ(version_of("a", "v1"), 2U);
  EXPECT_EQ(version_of("a", "v1"), 2U);
}

TEST_F(RouteCacheTest, KeepsNeitherAbsenceNorFailure) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(*cache_.find("nobody", {}), nullptr);
    EXPECT_FALSE(cache_.find("broken", {}).has_value());
  }
  EXPECT_EQ(look_ups_, 4);
}

TEST_F(RouteCacheTest, ForgetsANameWithItsVersionsAndNoOther) {
  for (const char* name : {"a", "ab"}) static_cast<void>(version_of(name));
  static_cast<void>(version_of("a", "beta"));
  cache_.forget("a");
  EXPECT_EQ(version_of("ab"), 2U);
  EXPECT_EQ(version_of("a"), 4U);
  EXPECT_EQ(version_of("a", "beta"), 5U);
}

/// A deploy makes its change during a look-up. The result of this look-up is older than the change and must not be
/// kept.
TEST_F(RouteCacheTest, AnAnswerFromBeforeAChangeIsNotKept) {
  during_ = [this] { cache_.forget("a"); };
  EXPECT_EQ(version_of("a"), 1U);
  EXPECT_EQ(version_of("a"), 2U);
  EXPECT_EQ(version_of("a"), 2U);
  during_ = [this] { cache_.forget_all(); };
  EXPECT_EQ(version_of("b"), 3U);
  EXPECT_EQ(version_of("b"), 4U);
}

/// An owner who often changes a function must not keep the routes of others out of the cache.
TEST_F(RouteCacheTest, AnAnswerFromBeforeAChangeOfAnotherNameIsKept) {
  during_ = [this] { cache_.forget("other"); };
  EXPECT_EQ(version_of("a"), 1U);
  EXPECT_EQ(version_of("a"), 1U);
}

TEST_F(RouteCacheTest, LooksATargetUpAgainAfterItsTime) {
  look_up_again_ = std::chrono::steady_clock::now() + std::chrono::hours(1);
  EXPECT_EQ(version_of("later"), 1U);
  EXPECT_EQ(version_of("later"), 1U);
  look_up_again_ = std::chrono::steady_clock::now();
  EXPECT_EQ(version_of("now"), 2U);
  EXPECT_EQ(version_of("now"), 3U);
  look_up_again_ = SteadyTime::max();
  EXPECT_EQ(version_of("now"), 4U);
  EXPECT_EQ(version_of("now"), 4U);
}

/// All loops wait for the cache, so its work does not depend on how many other routes it has.
TEST_F(RouteCacheTest, ForgetsANameWithoutALookAtTheOthers) {
  const auto forget_often = [](RouteCache& cache) {
    for (int i = 0; i < 500; ++i) {
      static_cast<void>(cache.find("a", {}));
      cache.forget("a");
    }
  };
  RouteCache empty([this](std::string_view name, std::string_view) { return resolve(name); });
  for (int i = 0; i < 9'999; ++i) static_cast<void>(version_of("f" + std::to_string(i)));
  EXPECT_LT(test::cpu_time([&] { forget_often(cache_); }), 10 * test::cpu_time([&] { forget_often(empty); }));
}

/// Two loops look up the same missing name at the same time. The result that is kept first stays.
TEST_F(RouteCacheTest, TheFirstOfTwoLookUpsStays) {
  during_ = [this] { EXPECT_EQ(version_of("a"), 2U); };
  const auto outer = cache_.find("a", {});
  EXPECT_TRUE(outer.has_value());
  EXPECT_EQ(version_of("a"), 2U);
}

TEST_F(RouteCacheTest, DropsWhatWasNotAskedForInFourSweeps) {
  static_cast<void>(version_of("idle"));
  static_cast<void>(version_of("busy"));
  for (int sweep = 0; sweep < 4; ++sweep) {
    EXPECT_FALSE(cache_.drop_idle());
    EXPECT_EQ(version_of("busy"), 2U);
  }
  EXPECT_TRUE(cache_.drop_idle());
  EXPECT_EQ(version_of("busy"), 2U);
  EXPECT_EQ(version_of("idle"), 3U);
}

TEST_F(RouteCacheTest, IsBoundedByDroppingTheOneUnusedForLongest) {
  for (int i = 0; i < 10'000; ++i) static_cast<void>(version_of("f" + std::to_string(i)));
  EXPECT_EQ(version_of("f0"), 1U);  // used again
  static_cast<void>(version_of("one-more"));
  EXPECT_EQ(version_of("f0"), 1U);
  EXPECT_EQ(version_of("f1"), 10'002U);
}

}  // namespace
}  // namespace faasta::gateway

#include "gateway/component_loader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>

#include "unit/guests.hpp"
#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

using test::ScriptedExchange;
using test::ScriptedLoop;
using Component = ComponentCache::Component;

/// A loader with scripted loads. The test decides which component loads at once, and the result and the time of a load
/// on the loader's thread.
class ComponentLoaderTest : public testing::Test {
 protected:
  using Got = test::Pending<ComponentLoader::Loaded>;

  ComponentLoader::Loaded load(bool at_once) {
    if (at_once) return quick_;
    ++slow_loads_;
    began_.count_down();
    go_on_->wait();
    return slow_ ? ComponentLoader::Loaded(slow_) : fail(Code::component_damaged);
  }
  Got get(ScriptedExchange& exchange) { return loop_.begin(loader_.get(kKey, kOwner, exchange, cold_)); }
  void wait_for(const Got& got) {
    loop_.run_until([&got] { return got->has_value(); });
  }
  Component load_one() { return test::Guests::load("hello-wat", folder_.path()); }

  static constexpr OwnerId kOwner{1};
  static inline const Sha256 kKey = sha256("a component");
  test::TemporaryFolder folder_;
  ScriptedLoop loop_;
  bool cold_ = false;
  ComponentLoader::Loaded quick_ = Component();  // null: loading would block
  Component slow_ = load_one();
  std::atomic<int> slow_loads_{0};
  std::latch began_{1};
  std::shared_ptr<std::latch> go_on_ = std::make_shared<std::latch>(1);
  ComponentCache cache_{{}};
  ComponentLoader loader_{cache_, [this](const Sha256&, bool at_once) { return load(at_once); }};
};

TEST_F(ComponentLoaderTest, LoadsAtOnceWhatIsQuickAndKeepsIt) {
  quick_ = slow_;
  ScriptedExchange a(loop_, "GET", "/");
  const auto first = get(a);
  EXPECT_EQ(***first, slow_);
  EXPECT_TRUE(cold_);
  const auto second = get(a);
  EXPECT_EQ(***second, slow_);
  EXPECT_FALSE(cold_);
  EXPECT_EQ(slow_loads_, 0);
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, AFailureAtOnceIsNotTriedAgainOnTheThread) {
  quick_ = fail(Code::component_damaged);
  ScriptedExchange a(loop_, "GET", "/");
  const auto got = get(a);
  EXPECT_EQ((*got)->error().code, Code::component_damaged);
  EXPECT_EQ(slow_loads_, 0);
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, LoadsOnceHoweverManyAsk) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  ScriptedExchange c(loop_, "GET", "/");
  const auto first = get(a);
  began_.wait();
  const auto second = get(b);
  const auto third = get(c);
  EXPECT_FALSE(*first || *second || *third);
  go_on_->count_down();
  for (const auto& got : {first, second, third}) {
    wait_for(got);
    EXPECT_EQ(***got, slow_);
  }
  EXPECT_EQ(slow_loads_, 1);
  EXPECT_EQ(cache_.loaded(), 1U);
}

TEST_F(ComponentLoaderTest, AFailureIsToldToAllThatWaitAndTheNextTriesAgain) {
  Component good = std::exchange(slow_, nullptr);
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  const auto first = get(a);
  began_.wait();
  const auto second = get(b);
  go_on_->count_down();
  for (const auto& got : {first, second}) {
    wait_for(got);
    EXPECT_EQ((*got)->error().code, Code::component_damaged);
  }
  slow_ = good;
  const auto third = get(a);
  wait_for(third);
  EXPECT_EQ(***third, good);
}

TEST_F(ComponentLoaderTest, ACallWaitsForCodeThatIsRebuilt) {
  quick_ = fail(Code::rebuilding);
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  const auto first = get(a);
  const auto second = get(b);
  EXPECT_FALSE(*first || *second);
  quick_ = slow_;
  loader_.forget(kKey);  // the rebuild has ended
  for (const auto& got : {first, second}) {
    wait_for(got);
    EXPECT_EQ(***got, slow_);
  }
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, ARebuildThatEndsBeforeTheCallWaitsIsNotMissed) {
  int looks = 0;
  ComponentLoader loader(cache_, [&](const Sha256&, bool) -> ComponentLoader::Loaded {
    if (++looks > 1) return slow_;
    loader.forget(kKey);  // the rebuild ends right after the call has looked
    return fail(Code::rebuilding);
  });
  ScriptedExchange a(loop_, "GET", "/");
  const auto got = loop_.begin(loader.get(kKey, kOwner, a, cold_));
  wait_for(got);
  EXPECT_EQ(***got, slow_);
  EXPECT_EQ(looks, 2);
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, ACallWhoseCodeIsNotRebuiltInTimeIsToldSo) {
  quick_ = fail(Code::rebuilding);
  ScriptedExchange a(loop_, "GET", "/");
  const auto got = get(a);
  EXPECT_FALSE(*got);
  a.pass_deadline();
  wait_for(got);
  EXPECT_EQ((*got)->error().code, Code::rebuilding);
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, ARebuildThatFailedIsToldAtOnce) {
  quick_ = fail(Code::rebuilding, "the last attempt failed");
  ScriptedExchange a(loop_, "GET", "/");
  const auto got = get(a);
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->error().detail, "the last attempt failed");
  quick_ = fail(Code::rebuilding);
  const auto waits = get(a);
  EXPECT_FALSE(*waits);
  quick_ = fail(Code::rebuilding, "the last attempt failed");
  loader_.forget(kKey);  // the rebuild has failed
  wait_for(waits);
  EXPECT_EQ((*waits)->error().detail, "the last attempt failed");
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, AWaitEndsByItsDeadlineAndTheLoadGoesOn) {
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  const auto late = get(a);
  began_.wait();
  const auto patient = get(b);
  a.pass_deadline();
  wait_for(late);
  EXPECT_EQ((*late)->error().code, Code::wall_limit);
  go_on_->count_down();
  wait_for(patient);
  EXPECT_EQ(***patient, slow_);
}

/// forget() is called during a load, because the code was compiled again. The calls that waited use the loaded code.
/// Later calls load the new code, and the old code does not replace it.
TEST_F(ComponentLoaderTest, AComponentThatWasForgottenDuringItsLoadIsNotKept) {
  const Component old = slow_;
  ScriptedExchange a(loop_, "GET", "/");
  ScriptedExchange b(loop_, "GET", "/");
  const auto before = get(a);
  began_.wait();
  loader_.forget(kKey);
  const auto after = get(b);  // queued after the first load, on the same thread
  go_on_->count_down();
  wait_for(before);
  EXPECT_EQ(***before, old);
  wait_for(after);
  EXPECT_EQ(slow_loads_, 2);
  EXPECT_EQ(cache_.loaded(), 1U);
}

TEST_F(ComponentLoaderTest, ForgetsWhatIsLoaded) {
  quick_ = slow_;
  ScriptedExchange a(loop_, "GET", "/");
  static_cast<void>(get(a));
  loader_.forget(kKey);
  EXPECT_EQ(cache_.loaded(), 0U);
  static_cast<void>(get(a));
  EXPECT_TRUE(cold_);
  go_on_->count_down();
}

TEST_F(ComponentLoaderTest, TakesDownWhatWasEvictedToMakeRoom) {
  std::weak_ptr<const engine::Component> evicted;
  {
    const Component other = load_one();
    evicted = other;
    static_cast<void>(cache_.keep(sha256("another"), other));
  }
  cache_.make_room();
  EXPECT_FALSE(evicted.expired());
  quick_ = fail(Code::busy_server);
  ScriptedExchange a(loop_, "GET", "/");
  static_cast<void>(get(a));
  go_on_->count_down();
  while (!evicted.expired()) std::this_thread::yield();
}

/// One owner has many functions that load slowly.
TEST(ComponentLoaderOwners, HaveTurns) {
  test::TemporaryFolder folder;
  ScriptedLoop loop;
  ComponentCache cache{{}};
  const Sha256 others = sha256("another owner's");
  std::atomic<int> loads{0};
  std::atomic<int> loads_before{-1};
  std::latch first_begun(1);
  std::latch go_on(1);
  ComponentLoader loader(cache, [&](const Sha256& key, bool at_once) -> ComponentLoader::Loaded {
    if (at_once) return Component();
    if (key == others) loads_before = loads.load();
    if (++loads == 1) first_begun.count_down();
    go_on.wait();
    return fail(Code::component_damaged);
  });
  for (int i = 0; i < 10; ++i) loader.prefetch(sha256("component " + std::to_string(i)), OwnerId{1});
  first_begun.wait();
  ScriptedExchange exchange(loop, "GET", "/");
  bool cold = false;
  const auto other = loop.begin(loader.get(others, OwnerId{2}, exchange, cold));
  go_on.count_down();
  loop.run_until([&other] { return other->has_value(); });
  EXPECT_GE(loads_before.load(), 1);
  EXPECT_LE(loads_before.load(), 2) << "of ten";
}

}  // namespace
}  // namespace faasta::gateway

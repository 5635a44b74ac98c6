#include "metrics/recorder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

#include "unit/test_store.hpp"

namespace faasta::metrics {
namespace {

constexpr FunctionId kFunction{7};

/// The part of a server that counts calls. Two of them on one folder are two servers of which one takes over.
struct Counting {
  explicit Counting(const std::filesystem::path& folder)
      : store(test::value_of(store::CountStore::open(folder / "metrics.db", add_stored))),
        recorder(registry, *store, store::CountLock(folder / "metrics.lock")) {}

  void call() { registry.of(kFunction, "hello")->add({.status = 200}); }
  std::uint64_t calls() { return test::value_of(recorder.read(kFunction, {})).counts.calls(); }

  Registry registry{10};
  std::unique_ptr<store::CountStore> store;
  Recorder recorder;
};

class RecorderTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("faasta-recorder-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(RecorderTest, AReaderOfTheNewServerWaitsForTheCountsOfTheOldOne) {
  Counting old(folder_);
  old.call();
  old.call();
  EXPECT_EQ(old.calls(), 2U);
  Counting taking_over(folder_);
  taking_over.call();
  auto read = std::async(std::launch::async, [&] { return taking_over.calls(); });
  old.recorder.hand_over();
  EXPECT_EQ(read.get(), 3U);
  // Calls that the old server ends later are added when it stops.
  old.call();
  old.recorder.stop();
  EXPECT_EQ(taking_over.calls(), 4U);
}

TEST_F(RecorderTest, AReaderDoesNotWaitWithoutEnd) {
  const Counting hangs(folder_);
  Counting taking_over(folder_);
  taking_over.call();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(taking_over.calls(), 1U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, Recorder::kMostWait);
}

TEST_F(RecorderTest, ALockWithoutAFileKeepsNobodyWaiting) {
  store::CountLock nowhere(folder_ / "missing" / "metrics.lock");
  store::CountLock same(folder_ / "missing" / "metrics.lock");
  EXPECT_TRUE(nowhere.try_take());
  EXPECT_TRUE(same.try_take());
  store::CountLock one(folder_ / "metrics.lock");
  store::CountLock other(folder_ / "metrics.lock");
  EXPECT_TRUE(one.try_take());
  EXPECT_TRUE(one.try_take());
  EXPECT_FALSE(other.try_take());
  one.release();
  EXPECT_TRUE(other.try_take());
}

}  // namespace
}  // namespace faasta::metrics

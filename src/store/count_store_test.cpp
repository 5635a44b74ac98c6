#include "store/count_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace faasta::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr FunctionId kOne{1};
constexpr FunctionId kTwo{2};
const SystemTime kStart = *parse_rfc3339("2026-11-28T12:00:00Z");

/// In this test, the counts are numbers.
std::string add(std::string_view one, std::string_view other) {
  return std::to_string(std::stoll(std::string(one)) + std::stoll(std::string(other)));
}

class CountStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("faasta-counts-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    store_.reset();
    auto opened = CountStore::open(folder_ / "metrics.db", add);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }
  void count(FunctionId function, SystemTime now, int number = 1) {
    const auto done = store_->append({{function, std::to_string(number)}}, now);
    ASSERT_TRUE(done) << done.error().detail;
  }
  std::string sum(FunctionId function, SystemTime since = {}) {
    const auto found = store_->sum(function, since);
    EXPECT_TRUE(found);
    return found && *found ? (*found)->counts + " since " + rfc3339((*found)->begin).substr(11, 5) : "none";
  }

  std::filesystem::path folder_;
  std::unique_ptr<CountStore> store_;
};

TEST_F(CountStoreTest, SumsByFunctionAndMinute) {
  count(kOne, kStart + seconds(5));
  count(kOne, kStart + seconds(55), 2);
  count(kOne, kStart + seconds(65), 10);
  count(kTwo, kStart + seconds(65), 500);
  EXPECT_EQ(sum(kOne), "13 since 12:00");
  EXPECT_EQ(sum(kOne, kStart + seconds(59)), "13 since 12:00");
  EXPECT_EQ(sum(kOne, kStart + seconds(60)), "10 since 12:01");
  EXPECT_EQ(sum(kOne, kStart + minutes(2)), "none");
  EXPECT_EQ(sum(kTwo), "500 since 12:01");
  EXPECT_EQ(sum(FunctionId{3}), "none");
}

/// The recorder appends a batch again after a failure.
TEST_F(CountStoreTest, AFailedAppendStoresNothing) {
  CountStore::Batch batch;
  for (int i = 1; i <= 500; ++i) batch.emplace_back(FunctionId{i}, "1");
  ASSERT_TRUE(store_->append(batch, kStart));
  bool fails = true;
  store_.reset();
  auto opened = CountStore::open(folder_ / "metrics.db", [&, left = 400](auto one, auto other) mutable {
    if (fails && --left == 0) throw std::runtime_error("no memory");
    return add(one, other);
  });
  ASSERT_TRUE(opened);
  store_ = std::move(*opened);
  EXPECT_THROW(static_cast<void>(store_->append(batch, kStart)), std::runtime_error);
  fails = false;
  ASSERT_TRUE(store_->append(batch, kStart));
  EXPECT_EQ(sum(FunctionId{1}), "2 since 12:00");
  EXPECT_EQ(sum(FunctionId{500}), "2 since 12:00");
}

TEST_F(CountStoreTest, OutlivesARestart) {
  count(kOne, kStart, 7);
  open();
  count(kOne, kStart, 1);
  EXPECT_EQ(sum(kOne), "8 since 12:00");
}

TEST_F(CountStoreTest, PutsMinutesTogetherIntoHoursAndTheseIntoAllTime) {
  for (int minute = 0; minute < 180; ++minute) count(kOne, kStart + minutes(minute));
  count(kTwo, kStart + hours(5));  // time passes, even if another function is called
  EXPECT_EQ(sum(kOne), "180 since 12:00");
  EXPECT_EQ(sum(kOne, kStart + minutes(90)), "120 since 13:00") << "hours are all that is left of two hours";
  EXPECT_EQ(sum(kOne, kStart + minutes(150)), "30 since 14:30");
  count(kTwo, kStart + hours(24 * 31 + 2));
  EXPECT_EQ(sum(kOne), "180 since 12:00");
  EXPECT_EQ(sum(kOne, kStart + minutes(61)), "60 since 14:00") << "two hours are part of all time";
  count(kTwo, kStart + hours(24 * 32 + 2));
  EXPECT_EQ(sum(kOne), "180 since 12:00");
  EXPECT_EQ(sum(kOne, kStart + seconds(1)), "none");
}

TEST_F(CountStoreTest, RemovesOneFunction) {
  count(kOne, kStart);
  count(kTwo, kStart);
  ASSERT_TRUE(store_->remove(kOne));
  EXPECT_EQ(sum(kOne), "none");
  EXPECT_EQ(sum(kTwo), "1 since 12:00");
}

TEST_F(CountStoreTest, ADamagedFileIsSetAside) {
  store_.reset();
  std::ofstream(folder_ / "metrics.db") << std::string(5000, 'x');
  open();
  count(kOne, kStart);
  EXPECT_EQ(sum(kOne), "1 since 12:00");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "metrics.db.damaged"));
}

}  // namespace
}  // namespace faasta::store

#include "store/log_store.hpp"

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace faasta::store {
namespace {

constexpr FunctionId kFunction{7};
constexpr std::size_t kAll = std::size_t{1} << 30U;

class LogStoreTest : public testing::Test {
 protected:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("faasta-logs-" + random_hex(6));
  std::unique_ptr<LogStore> logs_ = std::make_unique<LogStore>(folder_);

  void TearDown() override { std::filesystem::remove_all(folder_); }
  void append(const std::string& lines) { ASSERT_TRUE(logs_->append(kFunction, lines).has_value()); }
};

TEST_F(LogStoreTest, ReadsOnFromACursor) {
  append("one\n");
  append("two\nthree\n");
  const auto page = logs_->read(kFunction, 0, kAll);
  EXPECT_EQ(page->lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(page->cursors, (std::vector<std::uint64_t>{4, 8, 14}));
  EXPECT_EQ(logs_->read(kFunction, page->cursors[1], kAll)->lines, std::vector<std::string>{"three"});
  EXPECT_TRUE(logs_->read(kFunction, page->next, kAll)->lines.empty());
}

TEST_F(LogStoreTest, FindsTheLastLines) {
  append("one\ntwo\nthree\n");
  EXPECT_EQ(*logs_->tail(kFunction, 0), 14U);
  EXPECT_EQ(*logs_->tail(kFunction, 1), 8U);
  EXPECT_EQ(*logs_->tail(kFunction, 3), 0U);
  EXPECT_EQ(*logs_->tail(kFunction, 9), 0U);
  EXPECT_EQ(*logs_->tail(FunctionId{8}, 9), 0U);
}

TEST_F(LogStoreTest, DropsTheOldestAndSaysHowMuchWasMissed) {
  const std::string line(1023, 'x');
  for (int i = 0; i < 3 * 1024; ++i) append(line + "\n");
  std::uint64_t kept = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
    if (file.is_regular_file()) kept += file.file_size();
  }
  EXPECT_LE(kept, 1U << 20U);
  const auto page = logs_->read(kFunction, 0, kAll);
  EXPECT_EQ(page->missed + page->lines.size() * 1024, 3U << 20U);
  EXPECT_EQ(page->next, 3U << 20U);
}

TEST_F(LogStoreTest, GoesOnAfterARestart) {
  append("one\n");
  logs_ = std::make_unique<LogStore>(folder_);
  append("two\n");
  EXPECT_EQ(logs_->read(kFunction, 4, kAll)->lines, std::vector<std::string>{"two"});
  logs_->remove(kFunction);
  EXPECT_TRUE(logs_->read(kFunction, 0, kAll)->lines.empty());
}

class CountingWaker final : public Wakeable {
 public:
  void wake() noexcept override { ++woken; }
  int woken = 0;
};

TEST_F(LogStoreTest, WakesItsFollowersOnly) {
  const auto waker = WakeRef<CountingWaker>::adopt(new CountingWaker);
  logs_->follow(kFunction, waker);
  append("one\n");
  ASSERT_TRUE(logs_->append(FunctionId{8}, "x\n").has_value());
  EXPECT_EQ(waker->woken, 1);
  logs_->unfollow(kFunction, waker);
  append("two\n");
  EXPECT_EQ(waker->woken, 1);
}

}  // namespace
}  // namespace faasta::store

#include "store/log_store.hpp"

#include <gtest/gtest.h>

#include <future>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace faasta::store {
namespace {

constexpr FunctionId kFunction{7};
constexpr std::size_t kAll = std::size_t{1} << 30U;

class LogStoreTest : public testing::Test {
 protected:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("faasta-logs-" + random_hex(6));
  std::filesystem::path file_ = folder_ / "logs.db";
  std::unique_ptr<LogStore> logs_;

  void SetUp() override {
    std::filesystem::create_directories(folder_);
    open();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void open(std::uint64_t most_bytes = LogStore::kAnySize) {
    logs_.reset();
    logs_ = LogStore::open_or_begin_anew(file_, most_bytes);
    ASSERT_TRUE(logs_->is_open());
  }
  void append(const std::string& lines) { ASSERT_TRUE(logs_->append({{kFunction, lines}}).has_value()); }
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

/// A filter can take long. It must not stop the readers of other logs, or the answer to a health check.
TEST_F(LogStoreTest, NobodyWaitsForTheFilterOfAReader) {
  append("one\ntwo\n");
  std::future<std::size_t> other;
  const auto counts = [&](std::string_view) {
    if (other.valid()) return true;
    other = std::async(std::launch::async, [this] {
      const std::size_t lines = logs_->read(kFunction, 0, kAll)->lines.size() + *logs_->tail(kFunction, 0);
      return logs_->is_open() ? lines : 0;
    });
    EXPECT_EQ(other.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    return true;
  };
  EXPECT_EQ(*logs_->tail(kFunction, 1, counts), 4U);
  EXPECT_EQ(other.get(), 10U);
}

TEST_F(LogStoreTest, FindsLinesThatCountInManyRows) {
  for (int i = 0; i < 400; ++i) append(std::to_string(i % 100) + " " + std::string(1000, 'x') + "\n");
  std::vector<std::string> looked;
  const auto counts = [&looked](std::string_view line) {
    looked.emplace_back(line.substr(0, line.find(' ')));
    return looked.back() == "7";
  };
  const auto place = logs_->tail(kFunction, 3, counts);
  EXPECT_TRUE(logs_->read(kFunction, *place, 1)->lines.front().starts_with("7 "));
  EXPECT_EQ(looked.size(), 293U);
  EXPECT_EQ(looked.front(), "99");
  EXPECT_EQ(*logs_->tail(kFunction, 5, counts), 0U) << "only four lines count";
}

TEST_F(LogStoreTest, DropsTheOldestAndSaysHowMuchWasMissed) {
  const std::string line = std::string(1023, 'x') + "\n";
  for (int i = 0; i < 3 * 1024; ++i) append(line);
  const auto page = logs_->read(kFunction, 0, kAll);
  EXPECT_EQ(page->missed + page->lines.size() * 1024, 3U << 20U);
  EXPECT_EQ(page->next, 3U << 20U);
  EXPECT_LE(page->lines.size(), 1024U);
  EXPECT_GE(page->lines.size(), 512U);
}

TEST_F(LogStoreTest, KeepsTheEndOfWhatIsMuchAtOnce) {
  std::string lines;
  for (int i = 0; i < 3 * 1024; ++i) lines += std::string(1023, 'x') + "\n";
  append(lines);
  const auto page = logs_->read(kFunction, 0, kAll);
  EXPECT_EQ(page->next, 3U << 20U);
  EXPECT_LE(page->lines.size(), 1024U);
  EXPECT_GE(page->lines.size(), 450U);
  EXPECT_EQ(*logs_->tail(kFunction, 100), (3U << 20U) - 100U * 1024U);  // the last 100 lines are in several rows
  append("last\n");
  EXPECT_EQ(logs_->read(kFunction, page->next, kAll)->lines, std::vector<std::string>{"last"});
}

TEST_F(LogStoreTest, ReadsAsMuchAsIsAsked) {
  for (int i = 0; i < 10; ++i) append(std::to_string(i) + "xxx\n");
  const auto page = logs_->read(kFunction, 5, 12);
  EXPECT_EQ(page->lines, (std::vector<std::string>{"1xxx", "2xxx", "3xxx"}));  // the last line goes over the limit
  EXPECT_EQ(logs_->read(kFunction, page->next, 1)->lines, std::vector<std::string>{"4xxx"});
}

TEST_F(LogStoreTest, TakesACursorBeyondTheEndForTheEnd) {
  append("one\n");
  EXPECT_EQ(logs_->read(kFunction, 1000, kAll)->next, 4U);
  EXPECT_TRUE(logs_->read(kFunction, 1000, kAll)->lines.empty());
}

TEST_F(LogStoreTest, KeepsFunctionsApart) {
  ASSERT_TRUE(logs_->append({{kFunction, "a\n"}, {FunctionId{8}, "b\n"}}).has_value());
  ASSERT_TRUE(logs_->append({{FunctionId{6}, "c\n"}, {kFunction, "d\n"}}).has_value());
  EXPECT_EQ(logs_->read(kFunction, 0, kAll)->lines, (std::vector<std::string>{"a", "d"}));
  EXPECT_EQ(logs_->read(FunctionId{8}, 0, kAll)->lines, std::vector<std::string>{"b"});
  EXPECT_EQ(logs_->read(FunctionId{6}, 0, kAll)->lines, std::vector<std::string>{"c"});
}

TEST_F(LogStoreTest, RemembersManyFunctionsWhereTheyStopped) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1500; ++i) ASSERT_TRUE(logs_->append({{FunctionId{i}, "a line\n"}}).has_value());
  }
  for (const int i : {0, 700, 1499}) EXPECT_EQ(logs_->read(FunctionId{i}, 0, kAll)->next, 14U);
}

TEST_F(LogStoreTest, GoesOnAfterARestart) {
  append("one\n");
  open();
  append("two\n");
  EXPECT_EQ(logs_->read(kFunction, 4, kAll)->lines, std::vector<std::string>{"two"});
}

TEST_F(LogStoreTest, WritesNothingForAFunctionThatIsGone) {
  append("one\n");
  ASSERT_TRUE(logs_->remove(kFunction).has_value());
  EXPECT_TRUE(logs_->read(kFunction, 0, kAll)->lines.empty());
  append("of a call that ended later\n");
  EXPECT_TRUE(logs_->read(kFunction, 0, kAll)->lines.empty());
}

TEST_F(LogStoreTest, GivesBackTheDiskOfWhatIsGone) {
  append(std::string(512U << 10U, 'x') + "\n");
  ASSERT_TRUE(logs_->remove(kFunction).has_value());
  logs_.reset();  // closing its last connection writes the journal back
  EXPECT_LT(std::filesystem::file_size(file_), 64U << 10U);
}

/// `bytes` in lines of 1 KiB. The lines begin with `first`, `first` + 1, ...
std::string kibibytes(std::size_t bytes, std::size_t first = 0) {
  std::string out;
  for (std::size_t i = 0; i < bytes >> 10U; ++i) {
    std::string line = std::to_string(first + i) + " ";
    line.resize(1023, 'x');
    out += line + "\n";
  }
  return out;
}

TEST_F(LogStoreTest, KeepsAllLogsWithinABoundAndTheLogOfWhoWritesLittle) {
  constexpr std::uint64_t kBound = 2U << 20U;
  open(kBound);
  append("one\ntwo\n");
  constexpr int kLoud = 20;
  for (int round = 0; round < 10; ++round)
    for (int i = 0; i < kLoud; ++i)
      ASSERT_TRUE(logs_->append({{FunctionId{100 + i}, kibibytes(40U << 10U, 40U * static_cast<std::size_t>(round))}}));
  EXPECT_EQ(logs_->read(kFunction, 0, kAll)->lines, (std::vector<std::string>{"one", "two"}));
  std::size_t left = 0;
  for (int i = 0; i < kLoud; ++i) {
    const auto page = logs_->read(FunctionId{100 + i}, 0, kAll);
    EXPECT_EQ(page->next, 400U << 10U);
    EXPECT_EQ(page->missed + page->lines.size() * 1024, 400U << 10U) << "whole lines, without a gap";
    EXPECT_GT(page->lines.size(), 20U) << "each has its share";
    EXPECT_TRUE(page->lines.back().starts_with("399 "));
    left += page->lines.size() * 1024;
  }
  EXPECT_LT(left, kBound);
  EXPECT_GT(left, kBound / 2);
  logs_.reset();
  EXPECT_LE(std::filesystem::file_size(file_), kBound + (256U << 10U));
}

TEST_F(LogStoreTest, GoesOnWhereItStoppedInALogWithoutLines) {
  open(64U << 10U);
  // There are many logs. Each line is longer than the part that one log may keep.
  for (int i = 1; i <= 200; ++i) ASSERT_TRUE(logs_->append({{FunctionId{i}, kibibytes(2048)}}));
  const auto empty = logs_->read(FunctionId{1}, 0, kAll);
  EXPECT_TRUE(empty->lines.empty());
  EXPECT_EQ(empty->next, 2048U);
  EXPECT_EQ(empty->missed, 2048U);
  EXPECT_EQ(*logs_->tail(FunctionId{1}, 5), 2048U);
  open();
  ASSERT_TRUE(logs_->append({{FunctionId{1}, "next\n"}}));
  const auto page = logs_->read(FunctionId{1}, 2048, kAll);
  EXPECT_EQ(page->lines, std::vector<std::string>{"next"});
  EXPECT_EQ(page->next, 2053U);
}

TEST_F(LogStoreTest, GivesBackTheDiskWhenTheBoundIsLowered) {
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(logs_->append({{FunctionId{i}, kibibytes(512U << 10U)}}));
  open(1U << 20U);
  append("a line\n");
  EXPECT_EQ(logs_->read(kFunction, 0, kAll)->lines.back(), "a line");
  logs_.reset();
  EXPECT_LE(std::filesystem::file_size(file_), 1U << 20U);
}

TEST_F(LogStoreTest, SetsADamagedFileAside) {
  append("one\n");
  logs_.reset();
  ASSERT_TRUE(replace_file(file_, std::string(20'000, 'x'), 0600, Durable::no).has_value());
  EXPECT_FALSE(LogStore::open(file_).has_value());  // another process does not rename it
  open();
  EXPECT_TRUE(logs_->read(kFunction, 0, kAll)->lines.empty());
  append("two\n");
  EXPECT_EQ(logs_->read(kFunction, 0, kAll)->lines, std::vector<std::string>{"two"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "logs.db.damaged"));
}

TEST_F(LogStoreTest, BeginsClosedWhereNoFileCanBeAndOpensItLater) {
  logs_.reset();
  std::filesystem::remove_all(folder_);
  const auto closed = LogStore::open_or_begin_anew(file_);
  EXPECT_FALSE(closed->is_open());
  EXPECT_TRUE(closed->read(kFunction, 0, kAll)->lines.empty());
  EXPECT_EQ(*closed->tail(kFunction, 1), 0U);
  EXPECT_FALSE(closed->append({{kFunction, "lost\n"}}).has_value());
  EXPECT_FALSE(closed->remove(FunctionId{8}).has_value());
  std::filesystem::create_directories(folder_);
  const auto later = LogStore::open_or_begin_anew(file_);  // as the closed store does after its pause
  EXPECT_TRUE(later->is_open());
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
  ASSERT_TRUE(logs_->append({{FunctionId{8}, "x\n"}}).has_value());
  EXPECT_EQ(waker->woken, 1);
  logs_->unfollow(kFunction, waker);
  append("two\n");
  EXPECT_EQ(waker->woken, 1);
}

}  // namespace
}  // namespace faasta::store

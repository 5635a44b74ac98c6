#include "http/deadlines.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace faasta::http {
namespace {

class Item final : public HasDeadline {
 public:
  explicit Item(std::function<void()> then) : then_(std::move(then)) {}
  void on_deadline() override { then_(); }

 private:
  std::function<void()> then_;
};

/// A connection that handles its deadline may end its streams. The streams have deadlines too, later in the list.
TEST(Deadlines, AnItemMayEndTheOnesBehindIt) {
  asio::io_context loop;
  Deadlines deadlines(loop);
  const auto now = std::chrono::steady_clock::now();
  int called = 0;
  std::unique_ptr<Item> second;
  std::unique_ptr<Item> third;
  Item first([&] {
    ++called;
    second.reset();
    third.reset();
  });
  second = std::make_unique<Item>([&] { called += 100; });
  third = std::make_unique<Item>([&] { called += 100; });
  Item last([&] {
    ++called;
    deadlines.stop();
  });
  deadlines.set(first, now);
  deadlines.set(*second, now);
  deadlines.set(last, now);
  asio::co_spawn(loop, deadlines.run(), asio::detached);
  loop.run();
  EXPECT_EQ(called, 2);
}

/// A deadline that is moved to later stays where it was, and one that is moved to earlier does not.
TEST(Deadlines, EachComesInItsTime) {
  using std::chrono::milliseconds;
  asio::io_context loop;
  Deadlines deadlines(loop);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::pair<std::string, milliseconds>> came;
  const auto note = [&](std::string name) {
    return [&, name = std::move(name)] {
      came.emplace_back(name, std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
    };
  };
  Item later(note("later"));
  Item earlier(note("earlier"));
  Item far(note("far"));
  Item never(note("never"));
  Item past(note("past"));
  Item hours(note("hours"));
  Item last([&] { deadlines.stop(); });
  deadlines.set(later, begin + milliseconds(30));
  deadlines.set(later, begin + milliseconds(300));
  deadlines.set(earlier, begin + std::chrono::hours(1));
  deadlines.set(earlier, begin + milliseconds(100));
  deadlines.set(far, begin + milliseconds(1'500));  // beyond the slots of single ticks
  deadlines.set(never, begin + milliseconds(50));
  deadlines.set(never, SteadyTime::max());
  deadlines.set(past, begin - std::chrono::hours(1));
  deadlines.set(hours, begin + std::chrono::hours(30));
  deadlines.set(last, begin + milliseconds(1'700));
  asio::co_spawn(loop, deadlines.run(), asio::detached);
  loop.run();
  std::vector<std::string> order;
  for (const auto& [name, at] : came) order.push_back(name);
  EXPECT_EQ(order, (std::vector<std::string>{"past", "earlier", "later", "far"}));
  for (const auto& [name, at] : came) {
    const milliseconds least(name == "earlier" ? 100 : name == "later" ? 300 : name == "far" ? 1'500 : 0);
    EXPECT_GE(at, least) << name;
  }
}

TEST(Deadlines, AnObjectMayEndBeforeItsDeadline) {
  asio::io_context loop;
  Deadlines deadlines(loop);
  const auto now = std::chrono::steady_clock::now();
  auto gone = std::make_unique<Item>([] { FAIL(); });
  deadlines.set(*gone, now);
  gone.reset();
  Item last([&] { deadlines.stop(); });
  deadlines.set(last, now + std::chrono::milliseconds(60));
  asio::co_spawn(loop, deadlines.run(), asio::detached);
  loop.run();
}

}  // namespace
}  // namespace faasta::http

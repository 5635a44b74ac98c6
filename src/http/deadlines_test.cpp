#include "http/deadlines.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace faasta::http {
namespace {

class Item final : public HasDeadline {
 public:
  Item(Deadlines& all, std::function<void()> then) : all_(all), then_(std::move(then)) { all_.add(*this); }
  ~Item() override { all_.remove(*this); }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  void on_deadline() override { then_(); }

 private:
  Deadlines& all_;
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
  Item first(deadlines, [&] {
    ++called;
    second.reset();
    third.reset();
  });
  second = std::make_unique<Item>(deadlines, [&] { called += 100; });
  third = std::make_unique<Item>(deadlines, [&] { called += 100; });
  Item last(deadlines, [&] {
    ++called;
    deadlines.stop();
  });
  Deadlines::set(first, now);
  Deadlines::set(*second, now);
  Deadlines::set(last, now);
  asio::co_spawn(loop, deadlines.run(), asio::detached);
  loop.run();
  EXPECT_EQ(called, 2);
}

}  // namespace
}  // namespace faasta::http

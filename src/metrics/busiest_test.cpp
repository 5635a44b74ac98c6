#include "metrics/busiest.hpp"

#include <gtest/gtest.h>

namespace faasta::metrics {
namespace {

constexpr OwnerId kMe{1};
constexpr OwnerId kOther{2};

class BusiestTest : public testing::Test {
 protected:
  void call(int function, std::string_view name, OwnerId owner, int times, std::uint64_t cpu_us,
            std::uint16_t status = 200, std::uint64_t memory = 0) {
    const auto metrics = registry_.of(FunctionId(function), name, owner);
    for (int i = 0; i < times; ++i)
      metrics->add({.status = status, .failure = {}, .duration_us = 10, .cpu_us = cpu_us, .memory_bytes = memory});
  }
  std::vector<std::string> look(Busiest::By by, std::size_t most = 32) {
    std::vector<std::string> out;
    rows_ = busiest_.look(by, most, [this](std::string_view name) { return name != hidden_; });
    for (const auto& row : rows_) out.push_back(row.name);
    return out;
  }

  using Names = std::vector<std::string>;
  Registry registry_{2};  // functions with and without a label
  Busiest busiest_{registry_, kMe};
  std::vector<Busiest::Row> rows_;
  std::string hidden_;
};

TEST_F(BusiestTest, CountsTheTimeBetweenTwoLooks) {
  call(1, "early", kMe, 100, 5);
  EXPECT_EQ(look(Busiest::By::cpu), Names{});
  call(2, "little", kMe, 1, 5);
  call(3, "much", kMe, 1, 50);
  call(4, "foreign", kOther, 9, 500);
  EXPECT_EQ(look(Busiest::By::cpu), (Names{"much", "little"}));
  EXPECT_EQ(rows_[0].counts.calls(), 1U);
  EXPECT_EQ(rows_[0].counts.cpu_us, 50U);
  EXPECT_EQ(look(Busiest::By::cpu), Names{});
  call(1, "early", kMe, 3, 5);
  EXPECT_EQ(look(Busiest::By::cpu), (Names{"early"}));
  EXPECT_EQ(rows_[0].counts.calls(), 3U);
}

TEST_F(BusiestTest, SortsInFourWays) {
  look(Busiest::By::cpu);
  const auto calls = [this] {
    call(1, "many", kMe, 9, 1);
    call(2, "costly", kMe, 1, 90);
    call(3, "broken", kMe, 2, 1, 500);
    call(4, "large", kMe, 1, 2, 200, 1 << 20);
  };
  for (const auto& [by, first] :
       {std::pair("cpu", "costly"), {"calls", "many"}, {"errors", "broken"}, {"memory", "large"}}) {
    calls();
    EXPECT_EQ(look(*Busiest::parse(by)).at(0), first) << by;
  }
  EXPECT_FALSE(Busiest::parse("speed"));
  calls();
  EXPECT_EQ(look(Busiest::By::cpu, 2).size(), 2U);
  calls();
  hidden_ = "costly";
  EXPECT_EQ(look(Busiest::By::cpu).at(0), "many");
}

TEST_F(BusiestTest, AFunctionThatWasGivenAwayIsTheOthers) {
  look(Busiest::By::cpu);
  call(1, "one", kMe, 1, 1);
  call(1, "one", kOther, 1, 1);
  EXPECT_EQ(look(Busiest::By::cpu), Names{});
}

}  // namespace
}  // namespace faasta::metrics

#include "store/columns.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "store/quota.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {
namespace {

/// Selects `value`, reads the column with `read`, and returns the result.
template <class T>
Result<T> of(const char* value, const std::function<T(Columns&)>& read) {
  const auto database = SqliteDatabase::open(":memory:", SqliteDatabase::Mode::read_write);
  const auto query = (*database)->prepare(std::string("SELECT ") + value);
  EXPECT_TRUE(*(*query)->step());
  Columns from(**query);
  T out = read(from);
  return from.checked(std::move(out));
}

TEST(Columns, AreReadAsWhatTheyHold) {
  EXPECT_EQ(*of<std::int64_t>("-7", [](Columns& from) { return from.integer(0); }), -7);
  EXPECT_EQ(*of<std::uint32_t>("4294967295", [](Columns& from) { return from.count(0); }), UINT32_MAX);
  EXPECT_EQ(*of<std::uint64_t>("5000000000", [](Columns& from) { return from.size(0); }), 5'000'000'000U);
  EXPECT_EQ(*of<std::string>("''", [](Columns& from) { return from.text(0); }), "");
  EXPECT_EQ(*of<Sha256>("zeroblob(32)", [](Columns& from) { return from.digest(0); }), Sha256{});
  EXPECT_EQ(*of<std::optional<SystemTime>>("NULL", [](Columns& from) { return from.time_or_none(0); }), std::nullopt);
  EXPECT_EQ(*of<std::optional<SystemTime>>("1", [](Columns& from) { return from.time_or_none(0); }),
            SystemTime(std::chrono::milliseconds(1)));
}

TEST(Columns, ThatCannotBeReadAreAnErrorAndNoDefault) {
  const auto refused = [](auto read, std::initializer_list<const char*> values) {
    for (const char* value : values) {
      const auto result = of<decltype(read(std::declval<Columns&>()))>(value, read);
      ASSERT_FALSE(result.has_value()) << value;
      EXPECT_EQ(result.error().code, Code::data_unusable) << value;
    }
  };
  refused([](Columns& from) { return from.integer(0); }, {"NULL"});
  refused([](Columns& from) { return from.text(0); }, {"NULL"});
  refused([](Columns& from) { return from.time(0); }, {"NULL"});
  refused([](Columns& from) { return from.flag(0); }, {"NULL"});
  refused([](Columns& from) { return from.count(0); }, {"NULL", "-1", "4294967296"});
  refused([](Columns& from) { return from.size(0); }, {"NULL", "-1"});
  refused([](Columns& from) { return from.digest(0); }, {"NULL", "x''", "zeroblob(31)", "zeroblob(33)"});
  refused([](Columns& from) { return from.parsed(checked_overrides(from.text(0))); },
          {"NULL", "''", "'[]'", "'{'", R"('{"functions": "1"}')", R"('{"functions": -1}')",
           R"('{"functions": 4294967296}')", R"('{"nothing": 1}')"});
}

TEST(Columns, TellTheFirstThatWasWrong) {
  const auto result = of<std::int64_t>("-1, NULL", [](Columns& from) {
    static_cast<void>(from.size(0));
    return from.integer(1);
  });
  EXPECT_EQ(result.error().detail, "a row of the catalog cannot be read: column 0 is no size");
}

}  // namespace
}  // namespace faasta::store

#include "base/cron_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kWeekDays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

struct Nickname {
  std::string_view name, fields;
};
constexpr std::array kNicknames = {
    Nickname{"@hourly", "0 * * * *"},   Nickname{"@daily", "0 0 * * *"},   Nickname{"@midnight", "0 0 * * *"},
    Nickname{"@weekly", "0 0 * * 0"},   Nickname{"@monthly", "0 0 1 * *"}, Nickname{"@yearly", "0 0 1 1 *"},
    Nickname{"@annually", "0 0 1 1 *"},
};

/// One of the five fields. `names`: texts for the numbers from `least` on.
struct FieldKind {
  std::string_view name;
  unsigned least, most;
  std::span<const std::string_view> names{};
};
constexpr std::array kFields = {
    FieldKind{"minute", 0, 59},
    FieldKind{"hour", 0, 23},
    FieldKind{"day of the month", 1, 31},
    FieldKind{"month", 1, 12, kMonths},
    FieldKind{"day of the week", 0, 7, kWeekDays},
};

std::unexpected<Error> wrong(const FieldKind& kind, std::string_view text, std::string_view why) {
  return fail(Code::cron_invalid, fmt::format("{}: '{}' {}", kind.name, text, why));
}

Result<unsigned> number(const FieldKind& kind, std::string_view text) {
  const auto found = std::ranges::find_if(kind.names, [text](auto name) { return same_ignoring_case(name, text); });
  if (found != kind.names.end()) return kind.least + static_cast<unsigned>(found - kind.names.begin());
  unsigned out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || out < kind.least || out > kind.most)
    return wrong(kind, text, fmt::format("is not a number from {} to {}", kind.least, kind.most));
  return out;
}

/// Reads one item of a list: "*", "5", "1-5", each with an optional step "/2".
template <std::size_t N>
Result<> read_item(const FieldKind& kind, std::string_view item, std::bitset<N>& out) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const std::string_view text = item.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || step == 0 || step > kind.most)
      return wrong(kind, item, fmt::format("has a step that is not a number from 1 to {}", kind.most));
  }
  unsigned first = kind.least;
  unsigned last = kind.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    ASSIGN_OR_RETURN(first, number(kind, range.substr(0, dash)));
    last = first;
    if (dash != std::string_view::npos) {
      ASSIGN_OR_RETURN(last, number(kind, range.substr(dash + 1)));
      if (last < first) return wrong(kind, item, "ends before it begins");
    } else if (slash != std::string_view::npos) {
      return wrong(kind, item, "has a step without a range: write */STEP, or FIRST-LAST/STEP");
    }
  }
  for (unsigned i = first; i <= last; i += step) out.set(i);
  return {};
}

template <std::size_t N>
Result<> read_field(const FieldKind& kind, std::string_view text, std::bitset<N>& out) {
  for (;;) {
    const std::size_t comma = text.find(',');
    RETURN_IF_ERROR(read_item(kind, text.substr(0, comma), out));
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

/// Splits a text at blanks.
std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> out;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return out;
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view text) {
  if (text.starts_with('@')) {
    const auto* const found = std::ranges::find(kNicknames, text, &Nickname::name);
    if (found == kNicknames.end())
      return fail(Code::cron_invalid,
                  fmt::format("'{}' is none of @hourly, @daily, @weekly, @monthly and @yearly", text));
    text = found->fields;
  }
  const auto words = words_of(text);
  if (words.size() != kFields.size())
    return fail(Code::cron_invalid,
                fmt::format("'{}' has {} fields; there must be 5: minute hour day month weekday", text, words.size()));
  CronSchedule out;
  RETURN_IF_ERROR(read_field(kFields[0], words[0], out.minutes_));
  RETURN_IF_ERROR(read_field(kFields[1], words[1], out.hours_));
  RETURN_IF_ERROR(read_field(kFields[2], words[2], out.days_));
  RETURN_IF_ERROR(read_field(kFields[3], words[3], out.months_));
  RETURN_IF_ERROR(read_field(kFields[4], words[4], out.week_days_));
  if (out.week_days_[7]) out.week_days_.set(0);  // both are Sunday
  out.any_day_ = words[2].starts_with('*');
  out.any_week_day_ = words[4].starts_with('*');
  if (!out.find_next(system_now())) return fail(Code::cron_invalid, fmt::format("'{}' matches no day", text));
  return out;
}

bool CronSchedule::has_day(std::chrono::sys_days day) const {
  const std::chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool in_month = days_[static_cast<unsigned>(date.day())];
  const bool in_week = week_days_[std::chrono::weekday(day).c_encoding()];
  return any_day_ || any_week_day_ ? in_month && in_week : in_month || in_week;
}

std::optional<SystemTime> CronSchedule::find_next(SystemTime time) const {
  constexpr int kMostDays = 9 * 366;
  const auto from = floor<minutes>(time) + minutes(1);
  auto day = floor<days>(from);
  for (int i = 0; i < kMostDays; ++i, day += days(1)) {
    if (!has_day(day)) continue;
    // The first day may have begun.
    const auto begun = std::max<std::chrono::sys_time<minutes>>(from, day) - day;
    for (auto at = begun; at < days(1); at += minutes(1)) {
      const auto hour = floor<hours>(at);
      if (!hours_[static_cast<std::size_t>(hour.count())])
        at = hour + minutes(59);
      else if (minutes_[static_cast<std::size_t>((at - hour).count())])
        return day + at;
    }
  }
  return std::nullopt;
}

SystemTime CronSchedule::next(SystemTime time) const { return find_next(time).value_or(SystemTime::max()); }

std::optional<SystemTime> CronSchedule::last(SystemTime after, SystemTime time) const {
  // Looks back in steps that grow, so that a schedule of each minute costs no walk over a week.
  for (auto back = minutes(1);; back *= 4) {
    const SystemTime from = std::max<SystemTime>(after, floor<minutes>(time) - back);
    std::optional<SystemTime> found;
    for (SystemTime tick = next(from); tick <= time; tick = next(tick)) found = tick;
    if (found || from <= after) return found;
  }
}

}  // namespace faasta

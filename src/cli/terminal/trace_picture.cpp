#include "cli/terminal/trace_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/printable.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

/// A row of the picture: a bar from `begin` to `end`, on a scale of the whole call.
struct Bar {
  std::string label;
  double begin = 0;  ///< microseconds
  double us = 0;
  std::string note;
};

double number(const object& from, std::string_view key) {
  return static_cast<double>(integer_field(from, key).value_or(0));
}

std::vector<Bar> bars_of(const object& trace) {
  std::vector<Bar> out;
  double at = 0;
  const object& phases = object_field(trace, "phases");
  for (const std::string_view phase : {"queue", "load", "instantiate", "guest"}) {
    const double us = number(phases, std::string(phase) + "_us");
    out.push_back({std::string(phase), at, us, {}});
    at += us;
  }
  for (const auto& entry : array_field(trace, "sent")) {
    const auto* const sent = entry.if_object();
    if (sent == nullptr) continue;
    const auto status = integer_field(*sent, "status");
    out.push_back({"  " + printable_line(text_field(*sent, "origin")), number(*sent, "began_us"), number(*sent, "us"),
                   status                 ? fmt::format("status {}", *status)
                   : sent->contains("us") ? "no answer"
                                          : "not ended"});
  }
  if (const double after = number(trace, "after_us"); after > 0) out.push_back({"after the answer", at, after, {}});
  return out;
}

std::string picture(const std::vector<Bar>& bars) {
  constexpr double kColumns = 40;
  double all = 1;
  std::size_t widest = 0;
  for (const Bar& bar : bars) {
    all = std::max(all, bar.begin + bar.us);
    widest = std::max(widest, bar.label.size());
  }
  std::string out;
  for (const Bar& bar : bars) {
    const auto first = static_cast<std::size_t>(bar.begin / all * kColumns);
    const auto length = std::max<std::size_t>(1, static_cast<std::size_t>(bar.us / all * kColumns));
    const std::string drawn = std::string(std::min(first, static_cast<std::size_t>(kColumns)), ' ') +
                              (bar.us > 0 ? std::string(length, '#') : std::string("|"));
    std::string line =
        fmt::format("{:<{}}  {:>9}  {:<42} {}", bar.label, widest, human_microseconds(bar.us), drawn, bar.note);
    line.erase(line.find_last_not_of(' ') + 1);
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

}  // namespace

std::string trace_picture(const object& trace) { return picture(bars_of(trace)); }

}  // namespace faasta::cli

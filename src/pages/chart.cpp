#include "pages/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pages/frame.hpp"

namespace faasta::pages {
namespace {

constexpr std::size_t kMinutes = 60;
constexpr int kStep = 10;  // width of a minute, in units of the drawing
constexpr int kHeight = 120;
constexpr int kWidth = kStep * static_cast<int>(kMinutes);

/// The height of a value above the lower edge.
int scaled(std::uint64_t value, std::uint64_t most) {
  return most == 0 ? 0 : static_cast<int>(static_cast<double>(value) / static_cast<double>(most) * (kHeight - 4));
}

using Slots = std::array<const Minute*, kMinutes>;

/// Draws a line through the minutes that have calls. A minute without calls interrupts the line.
Html line(const Slots& slots, std::uint64_t Minute::* value, std::uint64_t most, const Markup& style) {
  std::string path;
  bool down = false;
  for (std::size_t i = 0; i < kMinutes; ++i) {
    if (slots[i] == nullptr) {
      down = false;
      continue;
    }
    path += fmt::format("{}{} {}h{}", down ? "L" : "M", static_cast<int>(i) * kStep,
                        kHeight - scaled(slots[i]->*value, most), kStep);
    down = true;
  }
  Html out;
  if (!path.empty()) out << "<path class=\"" << style << "\" d=\"" << path << "\"/>\n";
  return out;
}

}  // namespace

Html chart_of_hour(std::span<const Minute> minutes, SystemTime now) {
  Slots slots{};
  std::uint64_t most_calls = 0;
  std::uint64_t most_us = 0;
  for (const Minute& minute : minutes) {
    const auto age = std::chrono::duration_cast<std::chrono::minutes>(now - minute.begin).count();
    if (age < 0 || age >= static_cast<std::int64_t>(kMinutes)) continue;
    slots[kMinutes - 1 - static_cast<std::size_t>(age)] = &minute;
    most_calls = std::max(most_calls, minute.calls);
    most_us = std::max(most_us, minute.p99_us);
  }
  Html out;
  if (most_calls == 0) {
    out << "<p class=\"empty\">No calls in the last hour.</p>\n";
    return out;
  }
  out << "<figure>\n<svg viewBox=\"0 0 " << kWidth << " " << kHeight
      << "\" role=\"img\" aria-label=\"Calls and latency of the last hour; the table below has the figures\">\n";
  for (std::size_t i = 0; i < kMinutes; ++i) {
    if (slots[i] == nullptr) continue;
    const int height = std::max(1, scaled(slots[i]->calls, most_calls));
    out << "<rect class=\"calls\" x=\"" << i * kStep + 1 << "\" y=\"" << kHeight - height << "\" width=\"" << kStep - 2
        << "\" height=\"" << height << "\"/>\n";
  }
  out << line(slots, &Minute::p50_us, most_us, "p50") << line(slots, &Minute::p99_us, most_us, "p99")
      << "</svg>\n<figcaption><span class=\"key calls\"></span>calls, at most " << most_calls
      << " a minute <span class=\"key p50\"></span>p50 <span class=\"key p99\"></span>p99, at most "
      << duration_text(most_us)
      << "</figcaption>\n</figure>\n<details>\n<summary>The figures as a table</summary>\n<div class=\"wide\" "
         "tabindex=\"0\" role=\"region\" aria-label=\"Figures by minute\">\n<table>\n<thead><tr><th "
         "scope=\"col\">Minute</th><th scope=\"col\">Calls</th><th scope=\"col\">Errors</th><th "
         "scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\">Cold starts</th></tr></thead>\n<tbody>\n";
  for (const Minute* minute : slots) {
    if (minute == nullptr) continue;
    out << "<tr><td>" << time_text(minute->begin) << "</td><td>" << minute->calls << "</td><td>" << minute->failures
        << "</td><td>" << duration_text(minute->p50_us) << "</td><td>" << duration_text(minute->p99_us) << "</td><td>"
        << minute->cold_starts << "</td></tr>\n";
  }
  out << "</tbody>\n</table>\n</div>\n</details>\n";
  return out;
}

}  // namespace faasta::pages

#pragma once
// The parts that several pages have: the frame with the menu, times, durations, forms.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/html.hpp"

namespace faasta::pages {

/// The person who sees a page of the dashboard.
struct Viewer {
  std::string login;      ///< empty: nobody is signed in, and the page has no menu
  std::string proof;      ///< the hidden field that each form must send back (see same_origin.hpp)
  bool operates = false;  ///< whether the person is the operator of the server
};

/// A page with the menu. `main`: its content.
[[nodiscard]] Html framed(std::string_view title, const Viewer& viewer, const Html& main);
/// A page about an error.
[[nodiscard]] Html error_page(const Error& error, const Viewer& viewer, std::string_view request_id);

/// "2026-11-30 04:50", with the exact time for programs.
[[nodiscard]] Html time_text(SystemTime time);
/// "0.87 ms", "12.4 ms", "2.1 s".
[[nodiscard]] std::string duration_text(std::uint64_t us);
/// "812 B", "1.4 KiB", "3.0 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// The hidden field of a form.
[[nodiscard]] Html proof_field(const Viewer& viewer);

}  // namespace faasta::pages

#include "cli/terminal/guest_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/terminal/demangle.hpp"

namespace faasta::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Returns the function in a line such as "   3:   0x1a2b - hello.wasm!main". Nothing if the line is not a stack frame.
std::optional<std::string_view> function_of(std::string_view line) {
  line = trimmed(line, " \t\r");
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || !std::ranges::all_of(line.substr(0, colon), is_digit))
    return std::nullopt;
  line = trimmed(line.substr(colon + 1));
  const std::size_t bang = line.find('!');
  if (bang == std::string_view::npos) return std::nullopt;
  return line.substr(bang + 1);
}

bool begins_with_any(std::string_view name, std::span<const std::string_view> known) {
  if (name.starts_with('<')) name.remove_prefix(1);  // "<core::option::Option<T>>::unwrap"
  return std::ranges::any_of(known, [&](std::string_view one) { return name.starts_with(one); });
}

bool is_unknown(std::string_view name) { return name.starts_with("<wasm function ") || name.starts_with("<unknown>"); }

/// Whether a function is between the line that panicked and the trap.
bool is_panicking(std::string_view name) {
  constexpr std::array<std::string_view, 19> kKnown = {"rust_begin_unwind",
                                                       "std::sys::pal::",
                                                       "__rustc::",
                                                       "core::panicking::",
                                                       "std::panicking::",
                                                       "rust_panic",
                                                       "__rust_",
                                                       "panic_abort::",
                                                       "std::sys::backtrace::",
                                                       "std::process::abort",
                                                       "core::result::unwrap_failed",
                                                       "core::option::unwrap_failed",
                                                       "core::option::expect_failed",
                                                       "core::option::Option",
                                                       "core::result::Result",
                                                       "alloc::alloc::handle_alloc_error",
                                                       "alloc::raw_vec::handle_error",
                                                       "abort",
                                                       "std::alloc::"};
  return begins_with_any(name, kKnown) || name == "std::process::exit" ||
         name == "core::slice::index::slice_index_fail";
}

/// Whether a function belongs to the runtime, which calls the function's handler.
bool is_runtime(std::string_view name) {
  constexpr std::array<std::string_view, 17> kKnown = {
      "core::",       "std::",    "alloc::",   "wstd::", "wstd_axum::", "wasip2::", "wasi::", "wasi:", "wit_bindgen",
      "async_task::", "futures_", "futures::", "_start", "__wasm",      "__main",   "cabi_",  "__wasi"};
  if (begins_with_any(name, kKnown)) return true;
  // In "<hello::TheServer as wasip2::...::incoming_handler::Guest>::handle", the type decides whether the frame belongs
  // to the function or to the runtime. This frame contains the code of an `async fn main` with `#[wstd::http_server]`.
  if (name.starts_with('<') && name.find(" as ") != std::string_view::npos) return false;
  return name.find("incoming-handler") != std::string_view::npos ||
         name.find("incoming_handler") != std::string_view::npos;
}

/// Returns the frames of the function itself, or all frames if there are none.
std::span<const std::string> own(std::span<const std::string> frames) {
  const auto first = std::ranges::find_if_not(frames, is_panicking);
  std::span<const std::string> out = frames.subspan(static_cast<std::size_t>(first - frames.begin()));
  while (!out.empty() && is_runtime(out.back())) out = out.first(out.size() - 1);
  return out.empty() ? frames : out;
}

std::string show(const std::vector<std::string>& frames) {
  if (!frames.empty() && std::ranges::all_of(frames, is_unknown))
    return fmt::format(
        "{} frames of functions without names; keep the names with `strip = \"debuginfo\"` in "
        "[profile.release] of Cargo.toml\n",
        frames.size());
  const auto shown = own(frames);
  std::string out;
  for (const std::string& frame : shown) out += "  at " + frame + "\n";
  if (shown.size() < frames.size())
    out += fmt::format("  ({} frames of the standard library and the runtime are left out; --json has all)\n",
                       frames.size() - shown.size());
  return out;
}

}  // namespace

std::string readable_failure(std::string_view text) {
  std::vector<std::string> frames;
  std::string causes;
  std::string others;
  bool in_causes = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const auto function = function_of(line)) {
      frames.push_back(demangled(*function));
    } else if (line == "Caused by:") {
      in_causes = true;
    } else if (!line.empty() && !line.starts_with("error while executing at wasm backtrace") &&
               line.find("WASMTIME_BACKTRACE_DETAILS") == std::string_view::npos) {
      (in_causes ? causes : others) += std::string(line) + "\n";
    }
  }
  return causes + others + show(frames);
}

}  // namespace faasta::cli

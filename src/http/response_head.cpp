#include "http/response_head.hpp"

#include <charconv>
#include <string>

#include "base/clock.hpp"

namespace faasta::http {

std::optional<std::uint64_t> content_length_of(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_without_content(std::uint16_t status) noexcept {
  return status < 200 || status == 204 || status == 205 || status == 304;
}

std::string_view date_now() {
  // The text changes once a second, so each thread stores it.
  thread_local SystemTime made{};
  thread_local std::string text;
  const SystemTime second = std::chrono::floor<std::chrono::seconds>(system_now());
  if (second != made || text.empty()) {
    made = second;
    text = http_date(second);
  }
  return text;
}

}  // namespace faasta::http

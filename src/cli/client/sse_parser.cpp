#include "cli/client/sse_parser.hpp"

namespace faasta::cli {
namespace {
constexpr std::size_t kLongest = 1U << 20U;  // a log entry has at most 64 KiB; escaping can make it six times as long
}

bool SseParser::feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& take) {
  for (const char c : bytes) {
    const bool second_half = c == '\n' && after_cr_;  // second byte of a CR LF
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c != '\n' && c != '\r') {
      if (line_.size() >= kLongest) return false;
      line_ += c;
      continue;
    }
    const bool go_on = take_line(line_, take);
    line_.clear();
    if (!go_on) return false;
  }
  return true;
}

bool SseParser::take_line(std::string_view line, const std::function<bool(const SseEvent&)>& take) {
  if (line.empty()) {
    const bool go_on = !has_data_ || take(event_);
    last_id_ = event_.id;
    event_.data.clear();
    has_data_ = false;
    return go_on;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id" && value.find('\0') == std::string_view::npos) event_.id = value;
  if (field == "data") {
    if (event_.data.size() + value.size() > kLongest) return false;
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
  return true;
}

}  // namespace faasta::cli

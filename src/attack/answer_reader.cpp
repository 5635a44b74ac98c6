#include "attack/answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace faasta::attack {
namespace {

/// Returns the value of a field of the head; empty if there is none.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        !same_ignoring_case(line.substr(0, name.size()), name))
      continue;
    return trimmed(line.substr(name.size() + 1), " \t");
  }
  return {};
}

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return out;
}

}  // namespace

std::optional<Answer> AnswerReader::take(std::string_view& bytes) {
  while (!bytes.empty()) {
    switch (part_) {
      case Part::head:
        if (!fill(bytes, "\r\n\r\n")) return std::nullopt;
        read_head();
        if (part_ == Part::head || (part_ == Part::sized && left_ == 0)) return finish();
        break;
      case Part::sized:
        skip_body(bytes);
        if (left_ == 0) return finish();
        break;
      case Part::chunk:
        skip_body(bytes);
        if (left_ == 0) part_ = Part::chunk_end;
        break;
      case Part::chunk_end:
        if (!fill(bytes, "\r\n")) return std::nullopt;
        line_.clear();
        part_ = Part::chunk_line;
        break;
      case Part::chunk_line:
        if (!fill(bytes, "\r\n")) return std::nullopt;
        left_ = number(line_, 16);
        line_.clear();
        part_ = left_ == 0 ? Part::trailers : Part::chunk;
        break;
      case Part::trailers: {
        if (!fill(bytes, "\r\n")) return std::nullopt;
        if (const bool end = line_ == "\r\n"; end) return finish();
        line_.clear();
        break;
      }
    }
  }
  return std::nullopt;
}

bool AnswerReader::fill(std::string_view& bytes, std::string_view end) {
  // The end may have begun in the bytes that came before.
  const std::size_t from = line_.size() < end.size() ? 0 : line_.size() - end.size() + 1;
  const std::size_t had = line_.size();
  line_ += bytes;
  const std::size_t at = line_.find(end, from);
  if (at == std::string::npos) {
    bytes = {};
    return false;
  }
  bytes.remove_prefix(at + end.size() - had);
  line_.resize(at + end.size());
  return true;
}

void AnswerReader::read_head() {
  constexpr std::size_t kStatus = 9;  // after "HTTP/1.1 "
  answer_.status =
      line_.size() > kStatus ? static_cast<int>(number(std::string_view(line_).substr(kStatus, 3), 10)) : 0;
  answer_.last = same_ignoring_case(field(line_, "connection"), "close");
  const bool chunked = same_ignoring_case(field(line_, "transfer-encoding"), "chunked");
  left_ = number(field(line_, "content-length"), 10);
  const bool no_body = answer_.status == 204 || answer_.status == 304;
  part_ = no_body ? Part::head : chunked ? Part::chunk_line : Part::sized;
  line_.clear();
}

void AnswerReader::skip_body(std::string_view& bytes) {
  const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  const std::size_t room = kept_ - std::min(kept_, answer_.body.size());
  answer_.body += bytes.substr(0, std::min(now, room));
  bytes.remove_prefix(now);
  left_ -= now;
}

Answer AnswerReader::finish() {
  part_ = Part::head;
  line_.clear();
  left_ = 0;
  return std::exchange(answer_, {});
}

}  // namespace faasta::attack

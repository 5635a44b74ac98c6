#include "api/form_data.hpp"

#include <algorithm>
#include <optional>

#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::api {
namespace {

constexpr std::size_t kMostBoundary = 70;  // RFC 2046 section 5.1.1
constexpr std::size_t kMostHead = 4096;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::unexpected<Error> malformed(std::string_view why) {
  return fail(Code::bad_request, "the body is not multipart/form-data: " + std::string(why));
}

/// Removes the quotes of a quoted text without escapes.
std::string_view unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return text;
  return text.substr(1, text.size() - 2);
}

/// Returns the value of the parameter `name` in "type; name=value; ...".
std::optional<std::string_view> parameter(std::string_view field, std::string_view name) {
  take_until(field, ';');
  while (!field.empty()) {
    std::string_view value = trimmed(take_until(field, ';'));
    const std::string_view key = trimmed(take_until(value, '='));
    if (same_ignoring_case(key, name)) return unquoted(trimmed(value));
  }
  return std::nullopt;
}

bool is_boundary_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("'()+_,-./:=? ").contains(c);
}

/// Returns the name of a part from its head.
std::optional<std::string> name_in(std::string_view head) {
  while (!head.empty()) {
    std::string_view line = take_until(head, "\r\n");
    const std::string_view key = take_until(line, ':');
    if (!same_ignoring_case(trimmed(key), "content-disposition")) continue;
    const auto name = parameter(line, "name");
    return name ? std::optional(std::string(*name)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<FormData> FormData::begin(std::string_view content_type) {
  const auto boundary = parameter(content_type, "boundary");
  const bool valid = boundary && !boundary->empty() && boundary->size() <= kMostBoundary &&
                     std::ranges::all_of(*boundary, is_boundary_character) && !boundary->ends_with(' ');
  if (!valid) return malformed("the content-type has no valid boundary");
  return FormData(*boundary);
}

Result<FormData::Piece> FormData::next(std::string_view& bytes) {
  using enum Piece::Kind;
  for (;;) {
    switch (state_) {
      case State::content: {
        const Piece piece = content(bytes);
        if (piece.kind == data && !in_part_) return malformed("there are bytes before the first boundary");
        if (piece.kind != part) return piece;  // `part`: the delimiter is complete
        state_ = State::after_delimiter;
        line_.clear();
        break;
      }
      case State::after_delimiter: {
        ASSIGN_OR_RETURN(const bool whole, read_after_delimiter(bytes));
        if (!whole) return Piece{need_bytes, {}};
        break;
      }
      case State::head: {
        ASSIGN_OR_RETURN(const bool whole, read_head(bytes));
        if (!whole) return Piece{need_bytes, {}};
        begin_content();
        return Piece{part, name_};
      }
      case State::ended:
        bytes = {};  // RFC 2046: bytes after the last boundary are ignored
        return Piece{end, {}};
    }
  }
}

/// Returns the place of the first delimiter, or of a begin of a delimiter at the end of `bytes`, or the number of
/// bytes. A component has a CR in each few hundred bytes. If each of them ended a piece, a deploy would take seconds.
std::size_t FormData::delimiter_or_its_begin(std::string_view bytes) const {
  if (const std::size_t whole = bytes.find(delimiter_); whole != std::string_view::npos) return whole;
  const std::size_t last = bytes.rfind(delimiter_.front());
  if (last == std::string_view::npos || !delimiter_.starts_with(bytes.substr(last))) return bytes.size();
  return last;
}

/// Returns content, or a piece of the kind `part` if a delimiter was read. Only the first byte of the delimiter is a
/// CR, and no other byte of it. So after a wrong byte, the search begins again at this byte.
FormData::Piece FormData::content(std::string_view& bytes) {
  using enum Piece::Kind;
  while (matched_ > 0) {
    if (bytes.empty()) return {need_bytes, {}};
    if (bytes.front() == delimiter_[matched_]) {
      bytes.remove_prefix(1);
      if (++matched_ < delimiter_.size()) continue;
      matched_ = 0;
      return {part, {}};
    }
    return {data, std::string_view(delimiter_).substr(0, std::exchange(matched_, 0))};
  }
  if (bytes.empty()) return {need_bytes, {}};
  const std::size_t at = delimiter_or_its_begin(bytes);
  if (at == 0) {
    bytes.remove_prefix(1);
    matched_ = 1;
    return content(bytes);
  }
  const std::string_view before = bytes.substr(0, at);
  bytes.remove_prefix(at);
  return {data, before};
}

/// After a boundary stands a line break, or "--" if it was the last one.
Result<bool> FormData::read_after_delimiter(std::string_view& bytes) {
  while (line_.size() < 2) {
    if (bytes.empty()) return false;
    line_.push_back(bytes.front());
    bytes.remove_prefix(1);
  }
  if (line_ == "--") {
    if (!in_part_) return malformed("it has no part");
    state_ = State::ended;
  } else if (line_ == "\r\n") {
    state_ = State::head;
  } else {
    return malformed("something else follows a boundary than a line break");
  }
  return true;
}

Result<bool> FormData::read_head(std::string_view& bytes) {
  while (!line_.ends_with(kHeadEnd)) {
    if (bytes.empty()) return false;
    if (line_.size() >= kMostHead) return malformed("the head of a part is too long");
    line_.push_back(bytes.front());
    bytes.remove_prefix(1);
  }
  auto name = name_in(std::string_view(line_).substr(2));
  if (!name) return malformed("a part has no name");
  name_ = *std::move(name);
  return true;
}

void FormData::begin_content() {
  state_ = State::content;
  in_part_ = true;
  matched_ = 0;
  line_.clear();
}

}  // namespace faasta::api

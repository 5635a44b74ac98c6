#include "http/http1/chunked.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/grammar.hpp"
#include "http/request.hpp"
#include "http/trailer.hpp"

namespace faasta::http {
namespace {

constexpr std::size_t kLongestExtension = 256;
constexpr std::size_t kLongestSizeLine = 16 + kLongestExtension;  // 16 hexadecimal digits hold 64 bits
constexpr std::size_t kTrailerBytes = 16U << 10U;
constexpr std::size_t kTrailerFields = 64;

auto malformed(std::string text) { return fail(Code::http_malformed, std::move(text)); }

/// A line that ends with CRLF. `text` does not contain the CRLF.
struct Line {
  std::string_view text;
  bool complete = false;
};

/// Returns the first line of `input`. Fails if the line has a CR or LF alone, or is longer than `most`.
Result<Line> take_line(std::string_view input, std::size_t most) {
  const std::size_t at = input.find_first_of(std::string_view("\r\n\0", 3));
  if (at == std::string_view::npos) {
    if (input.size() > most) return malformed("a line of the chunked coding is too long");
    return Line{};
  }
  if (at > most) return malformed("a line of the chunked coding is too long");
  if (input[at] != '\r') return malformed("a line of the chunked coding has a bare line feed or a NUL byte");
  if (at + 1 == input.size()) return Line{};
  if (input[at + 1] != '\n') return malformed("a line of the chunked coding has a bare carriage return");
  return Line{input.substr(0, at), true};
}

Result<std::uint64_t> parse_size(std::string_view line) {
  const std::size_t behind = line.find_first_of("; \t");
  const std::string_view digits = line.substr(0, behind);
  std::uint64_t size = 0;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  if (digits.empty() || !std::ranges::all_of(digits, is_hex))
    return malformed("a chunk size is not a hexadecimal number");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || (size >> 63U) != 0)
    return malformed("a chunk size is too large");
  if (behind != std::string_view::npos) {
    const std::string_view extension = line.substr(behind);
    if (extension.size() > kLongestExtension) return malformed("a chunk extension is longer than 256 bytes");
    if (!is_chunk_extension(extension)) return malformed("what follows a chunk size is not a chunk extension");
  }
  return size;
}

}  // namespace

Result<ChunkDecoder::Step> ChunkDecoder::decode(std::string_view input) {
  switch (state_) {
    case State::size:
      return decode_size(input);
    case State::data:
      return decode_data(input);
    case State::data_end:
      return decode_data_end(input);
    case State::trailer:
      return decode_trailer(input);
    case State::over:
      break;
  }
  return Step{0, {}, true};
}

Result<ChunkDecoder::Step> ChunkDecoder::decode_size(std::string_view input) {
  auto line = take_line(input, kLongestSizeLine);
  if (!line) return std::unexpected(line.error());
  if (!line->complete) return Step{};
  auto size = parse_size(line->text);
  if (!size) return std::unexpected(size.error());
  left_ = *size;
  state_ = *size == 0 ? State::trailer : State::data;
  return Step{line->text.size() + 2, {}, false};
}

Result<ChunkDecoder::Step> ChunkDecoder::decode_data(std::string_view input) {
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  left_ -= take;
  if (left_ == 0) state_ = State::data_end;
  return Step{take, input.substr(0, take), false};
}

Result<ChunkDecoder::Step> ChunkDecoder::decode_data_end(std::string_view input) {
  if (input.size() < 2) {
    if (!input.empty() && input[0] != '\r') return malformed("chunk data is longer than its size");
    return Step{};
  }
  if (!input.starts_with("\r\n")) return malformed("chunk data is longer than its size");
  state_ = State::size;
  return Step{2, {}, false};
}

Result<ChunkDecoder::Step> ChunkDecoder::decode_trailer(std::string_view input) {
  auto line = take_line(input, kTrailerBytes);
  if (!line) return std::unexpected(line.error());
  if (!line->complete) return Step{};
  if (line->text.empty()) {
    state_ = State::over;
    return Step{2, {}, true};
  }
  if (auto added = add_trailer(line->text); !added) return std::unexpected(added.error());
  return Step{line->text.size() + 2, {}, false};
}

Result<> ChunkDecoder::add_trailer(std::string_view line) {
  trailer_bytes_ += line.size();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return malformed("a trailer is not a field");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) return malformed("a trailer has a control character");
  if (trailer_bytes_ > kTrailerBytes || trailers_.size() == kTrailerFields)
    return fail(Code::http_head_too_large, "the trailers are too large");
  if (may_be_trailer(name)) trailers_.push_back({std::string(name), std::string(value)});
  return {};
}

}  // namespace faasta::http

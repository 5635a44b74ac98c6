#pragma once
// The head of a response, for any protocol (RFC 9110). It has the handler's fields without the hop-by-hop fields, a
// correct content-length, a date and x-request-id.

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/field.hpp"
#include "base/text.hpp"
#include "http/request.hpp"

namespace faasta::http {

struct ResponseHead {
  std::uint16_t status = 0;
  /// The content-length that the handler gave, in bytes. A response without content can have a content-length: an
  /// answer to HEAD, or a 304.
  std::optional<std::uint64_t> length;
  bool has_content = true;
  bool dated = false;     ///< whether the handler gave a date field
  bool has_hsts = false;  ///< whether the handler gave a strict-transport-security field
};

/// Parses the value of a content-length field that a guest wrote. Returns nothing if the value is not a number.
[[nodiscard]] std::optional<std::uint64_t> content_length_of(std::string_view text) noexcept;

/// Whether a response with this status has no content (RFC 9110 sections 15.2, 15.3.5, 15.3.6, 15.4.5).
[[nodiscard]] bool is_without_content(std::uint16_t status) noexcept;

/// Returns the value of the date field for the current second (RFC 9110 section 6.6.1).
[[nodiscard]] std::string_view date_now();

/// Calls `write` for each of the handler's fields that is sent. `to_head`: the request's method is HEAD.
template <class Write>
[[nodiscard]] ResponseHead write_fields(std::uint16_t status, std::span<const FieldView> fields, bool to_head,
                                        const Write& write) {
  ResponseHead head{.status = status, .length = {}, .has_content = !to_head && !is_without_content(status)};
  for (const FieldView& f : fields) {
    if (is_hop_by_hop(f.name) || same_ignoring_case(f.name, "x-request-id")) continue;
    if (same_ignoring_case(f.name, "content-length")) {
      if (!head.length) head.length = content_length_of(f.value);
      continue;
    }
    head.dated = head.dated || same_ignoring_case(f.name, "date");
    head.has_hsts = head.has_hsts || same_ignoring_case(f.name, "strict-transport-security");
    write(f.name, f.value);
  }
  // A client may wait for content after a 205, although there is none. So send a length of 0 (RFC 9110 section 15.3.6).
  constexpr std::uint16_t kResetContent = 205;
  if (status == kResetContent) head.length = 0;
  constexpr std::uint16_t kNoContent = 204;  // RFC 9110 section 8.6: a 204 never has a content-length
  if (status == kNoContent) head.length.reset();
  return head;
}

/// Calls `write` for each field that the server adds. `hsts`: Client::hsts.
template <class Write>
void write_own_fields(const ResponseHead& head, std::string_view request_id, std::string_view hsts,
                      const Write& write) {
  if (head.length) write("content-length", fmt::format_int(*head.length).c_str());
  if (!head.dated) write("date", date_now());
  if (!hsts.empty() && !head.has_hsts) write("strict-transport-security", hsts);
  write("x-request-id", request_id);
}

/// Checks that the body of a response has the length in its content-length field.
class ContentCount {
 public:
  ContentCount() = default;
  explicit ContentCount(const ResponseHead& head) : left_(head.has_content ? head.length : std::nullopt) {}

  /// Counts bytes of content. False if the content is longer than the content-length: then the response is broken.
  [[nodiscard]] bool add(std::size_t bytes) {
    if (left_ && bytes > *left_) return false;
    if (left_) *left_ -= bytes;
    bytes_ += bytes;
    return true;
  }
  /// Whether the response has all bytes that the content-length promised.
  [[nodiscard]] bool is_whole() const noexcept { return !left_ || *left_ == 0; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::optional<std::uint64_t> left_;  ///< how many more bytes are allowed; nothing if there is no content-length
  std::uint64_t bytes_ = 0;
};

}  // namespace faasta::http

#pragma once
// The framing gate: it alone decides where a request head ends and how its body is framed, and refuses whatever two
// parsers could read in two ways. RFC 9112 with no leniency (decision 0002). No I/O, no allocation but the field list.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::http {

struct HeadLimits {
  std::size_t target_bytes = 16U << 10U;
  std::size_t head_bytes = 64U << 10U;
  std::size_t fields = 128;
};

/// Where the head at the start of `bytes` ends: its length with the empty line, or 0 if it is not all there.
/// `scanned` is what an earlier call has looked at; it is moved on. Fails on bytes that no good head has.
[[nodiscard]] Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HeadLimits& limits);

/// Empty lines before the request line that may be skipped: at most one (RFC 9112 section 2.2).
[[nodiscard]] std::size_t leading_empty_line(std::string_view bytes) noexcept;

/// Parses a whole head, with its empty line. Views in the result point into `head`; the target of an absolute form may
/// be rewritten there.
[[nodiscard]] Result<RequestHead> parse_head(std::string& head, const HeadLimits& limits);

}  // namespace faasta::http

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::http::http2 {

/// Collects the fields of one HTTP/2 head as they arrive, and then builds the request from them. nghttp2 has already
/// checked each field against RFC 9113 section 8. This class checks the rules for the request as a whole, and the
/// limits. It does no I/O.
class Head {
 public:
  enum class Taken : std::uint8_t {
    yes,
    dropped,  ///< over a limit: the request gets a 431, and no more fields are stored
    abuse     ///< far over a limit: the connection must end
  };
  /// Adds a field. `room`: bytes of memory that the connection still has for heads. If a field needs more, it is over
  /// the limit.
  [[nodiscard]] Taken add(std::string_view name, std::string_view value, std::size_t room);

  /// Returns the request. The views in the request point into this object. `has_body`: whether more frames of the
  /// stream follow the head. Fails with http_head_too_large, or http_malformed and the other codes of
  /// request_rules.hpp.
  [[nodiscard]] Result<RequestHead> request(bool has_body, const HeadLimits& limits);
  /// Returns the method of the request, even if the request is refused. Empty if the request has no method.
  [[nodiscard]] std::string_view method() const noexcept;
  /// Whether the request's `expect` field asks for a 100.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  /// Returns the fields as trailers, without the fields that may not be trailers. Fails with http_head_too_large.
  [[nodiscard]] Result<std::vector<Field>> trailers() const;

  /// Bytes of memory that the fields take.
  [[nodiscard]] std::size_t cost() const noexcept;
  /// Whether a field was over a limit.
  [[nodiscard]] bool refused() const noexcept { return too_large_; }

 private:
  /// Where a field lies in text_.
  struct Place {
    std::uint32_t begin = 0;
    std::uint32_t name = 0;   ///< length
    std::uint32_t value = 0;  ///< length; the value follows the name
  };
  [[nodiscard]] FieldView view(const Place& place) const noexcept;
  [[nodiscard]] std::string_view pseudo(std::string_view name) const noexcept;
  [[nodiscard]] Result<> decide(RequestHead& head, bool has_body);
  [[nodiscard]] Result<> decide_host(RequestHead& head, std::string_view authority);

  std::string text_;
  std::vector<Place> fields_;
  std::string cookies_;  ///< the values of all cookie fields, joined (RFC 9113 section 8.2.3)
  std::size_t all_ = 0;
  std::size_t crumbs_ = 0;
  bool too_large_ = false;
  bool expects_continue_ = false;
};

}  // namespace faasta::http::http2

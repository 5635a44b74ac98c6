#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::http::http2 {

/// The fields of one HTTP/2 head, as they come; then the request that they make. nghttp2 has checked what RFC 9113
/// section 8 says about each field. This class checks the rules for the request as a whole, and the limits. It does no
/// I/O.
class Head {
 public:
  enum class Taken : std::uint8_t {
    yes,
    dropped,  ///< over a limit: the request gets a 431, and nothing more is stored
    abuse     ///< far over it: the connection is to end
  };
  /// `room`: bytes that the connection has left for heads; a field that costs more is over the limit.
  [[nodiscard]] Taken add(std::string_view name, std::string_view value, std::size_t room);

  /// The request. Its views point into this object. `has_body`: the stream goes on behind the head.
  /// Fails with http_head_too_large, or http_malformed and the other codes of request_rules.hpp.
  [[nodiscard]] Result<RequestHead> request(bool has_body, const HeadLimits& limits);
  /// Of a request, also one that is refused; empty if it has none.
  [[nodiscard]] std::string_view method() const noexcept;
  /// The request's `expect` field asks for a 100.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  /// The fields as trailers: without those that may be none. Fails with http_head_too_large.
  [[nodiscard]] Result<std::vector<Field>> trailers() const;

  /// Bytes of memory that the fields take.
  [[nodiscard]] std::size_t cost() const noexcept;
  /// A field was over a limit.
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
  std::string cookies_;  ///< the crumbs, joined (RFC 9113 section 8.2.3)
  std::size_t all_ = 0;
  std::size_t crumbs_ = 0;
  bool too_large_ = false;
  bool expects_continue_ = false;
};

}  // namespace faasta::http::http2

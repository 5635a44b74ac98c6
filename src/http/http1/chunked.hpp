#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/field.hpp"

namespace faasta::http {

/// Decodes the chunked coding (RFC 9112 section 7.1) as its bytes arrive. It is as strict as the framing gate
/// (http1/gate.hpp).
class ChunkDecoder {
 public:
  struct Step {
    std::size_t used = 0;   ///< bytes of the input that were consumed
    std::string_view data;  ///< body bytes, pointing into the input
    bool end = false;       ///< whether the body and its trailers are complete
  };

  /// Consumes as many bytes of `input` as possible. If a step has consumed no byte before the end of the body, more
  /// input is needed.
  [[nodiscard]] Result<Step> decode(std::string_view input);

  /// Returns the trailers, after the end of the body. Fields that trailers must not contain (framing, routing,
  /// authentication, cookies) are left out.
  [[nodiscard]] const std::vector<Field>& trailers() const noexcept { return trailers_; }

 private:
  enum class State : std::uint8_t { size, data, data_end, trailer, over };

  Result<Step> decode_size(std::string_view input);
  Result<Step> decode_data(std::string_view input);
  Result<Step> decode_data_end(std::string_view input);
  Result<Step> decode_trailer(std::string_view input);
  Result<> add_trailer(std::string_view line);

  State state_ = State::size;
  std::uint64_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::vector<Field> trailers_;
};

}  // namespace faasta::http

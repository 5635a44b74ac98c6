#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::api {

/// Reads a body of the type multipart/form-data (RFC 7578, RFC 2046 section 5.1.1) as it arrives. It keeps no content:
/// the pieces are views into the bytes that the caller gives, or into this object.
class FormData {
 public:
  /// `content_type`: the value of the field. Fails with bad_request if it has no valid boundary.
  [[nodiscard]] static Result<FormData> begin(std::string_view content_type);

  struct Piece {
    enum class Kind : std::uint8_t {
      part,       ///< a part begins; `text` is its name
      data,       ///< `text` is the next content of the part
      end,        ///< the form is complete
      need_bytes  ///< all bytes are read, and the form is not complete
    };
    Kind kind;
    std::string_view text;
  };
  /// Returns the next piece and removes its bytes from the front of `bytes`. The piece is valid until the next call.
  /// Fails with bad_request if the bytes are not a form.
  [[nodiscard]] Result<Piece> next(std::string_view& bytes);

 private:
  enum class State : std::uint8_t { content, after_delimiter, head, ended };

  explicit FormData(std::string_view boundary) : delimiter_("\r\n--" + std::string(boundary)) {}
  Piece content(std::string_view& bytes);
  [[nodiscard]] std::size_t delimiter_or_its_begin(std::string_view bytes) const;
  [[nodiscard]] Result<bool> read_after_delimiter(std::string_view& bytes);
  [[nodiscard]] Result<bool> read_head(std::string_view& bytes);
  void begin_content();

  std::string delimiter_;
  State state_ = State::content;
  bool in_part_ = false;
  /// How many bytes of the delimiter were read. They are content if another byte follows than the delimiter's. The
  /// first delimiter may stand at the beginning of the body, without the line break before it.
  std::size_t matched_ = 2;
  std::string line_;  ///< the bytes after a delimiter, or the beginning of the head of a part
  std::string name_;
};

}  // namespace faasta::api

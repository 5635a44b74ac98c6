#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faasta::attack {

/// One answer of the server.
struct Answer {
  int status = 0;
  bool last = false;  ///< the server closes the connection after this answer
  std::string body;   ///< its first bytes
};

/// Reads the answers of one HTTP/1.1 connection, from bytes that arrive in parts. It believes the server: it is no
/// client for other servers.
class AnswerReader {
 public:
  /// `kept`: the most bytes of a body that an answer has; further bytes are skipped.
  explicit AnswerReader(std::size_t kept = 0) : kept_(kept) {}

  /// Takes bytes from the front of `bytes`, until one answer is complete or no byte is left. Returns the answer, if it
  /// is complete.
  [[nodiscard]] std::optional<Answer> take(std::string_view& bytes);
  /// Whether a part of an answer has arrived, but not all of it.
  [[nodiscard]] bool inside() const noexcept { return part_ != Part::head || !line_.empty(); }

 private:
  enum class Part : std::uint8_t { head, sized, chunk_line, chunk, chunk_end, trailers };

  /// Adds bytes to `line_` until it has a whole line, or in the head a whole head. False if more bytes are needed.
  bool fill(std::string_view& bytes, std::string_view end);
  void read_head();
  void skip_body(std::string_view& bytes);
  [[nodiscard]] Answer finish();

  std::size_t kept_;
  Part part_ = Part::head;
  std::string line_;
  std::uint64_t left_ = 0;  ///< bytes of the body, or of the chunk
  Answer answer_;
};

}  // namespace faasta::attack

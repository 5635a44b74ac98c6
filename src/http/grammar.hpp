#pragma once
// Parses the syntax that several fields share (RFC 9110 section 5.6): tokens, quoted strings, parameters, lists.

#include <optional>
#include <string_view>

namespace faasta::http {

/// Reads a text from its front. Each member function removes the element of its name from the front and returns the
/// element. If the text begins with another element, the text does not change.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  /// Removes OWS and BWS: any number of SP and HTAB.
  void skip_blanks() noexcept;
  /// Whether the next character is `c`. If it is, removes the character.
  [[nodiscard]] bool take(char c) noexcept;
  /// Empty if the text does not begin with a token.
  [[nodiscard]] std::string_view token() noexcept;
  /// Returns the text between the quotes, with its backslashes. Returns nothing if there is no complete quoted string
  /// at the front.
  [[nodiscard]] std::optional<std::string_view> quoted_string() noexcept;
  /// Removes a token or a quoted string.
  [[nodiscard]] std::optional<std::string_view> value() noexcept;

 private:
  std::string_view rest_;
};

/// One element of a list of tokens with parameters: name [ "=" value ] *( OWS ";" OWS [ name "=" value ] ). The values
/// of the fields `te`, `expect`, `transfer-encoding`, `accept` and `connection` are lists of this kind.
struct ListElement {
  std::string_view name;
  std::string_view value;       ///< the text after "="; a quoted string without its quotes
  bool has_parameters = false;  ///< whether a ";" follows
  bool refused = false;         ///< the parameter q has the value 0
};

/// Reads a comma-separated list element by element. Skips empty elements (RFC 9110 section 5.6.1.2).
class ListReader {
 public:
  explicit ListReader(std::string_view list) : scanner_(list) {}
  /// Returns the next element. Returns nothing at the end of the list, and after the first syntax error.
  [[nodiscard]] std::optional<ListElement> next();
  /// Whether there was no syntax error so far.
  [[nodiscard]] bool well_formed() const noexcept { return well_formed_; }

 private:
  bool read_parameters(ListElement& element);
  std::optional<ListElement> malformed() {
    well_formed_ = false;
    return std::nullopt;
  }

  Scanner scanner_;
  bool well_formed_ = true;
};

/// Whether `value` is a weight of zero, which means "not at all": "0", "0.", "0.0" to "0.000".
[[nodiscard]] bool is_zero_weight(std::string_view value) noexcept;

/// Whether the text after a chunk's size is empty or a list of extensions (RFC 9112 section 7.1.1).
[[nodiscard]] bool is_chunk_extension(std::string_view text) noexcept;

}  // namespace faasta::http

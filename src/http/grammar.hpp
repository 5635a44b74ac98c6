#pragma once
// The parts of RFC 9110 section 5.6 that several fields are built of: tokens, quoted strings, parameters, lists.

#include <optional>
#include <string_view>

namespace faasta::http {

/// Reads a text from its front. Each member takes what it names and returns it, or takes nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  /// OWS and BWS: any number of SP and HTAB.
  void skip_blanks() noexcept;
  /// Whether `c` is next; it is taken then.
  [[nodiscard]] bool take(char c) noexcept;
  /// Empty if no token is next.
  [[nodiscard]] std::string_view token() noexcept;
  /// What stands between the quotes, with its backslashes; nothing if no whole quoted string is next.
  [[nodiscard]] std::optional<std::string_view> quoted_string() noexcept;
  /// A token or a quoted string.
  [[nodiscard]] std::optional<std::string_view> value() noexcept;

 private:
  std::string_view rest_;
};

/// One element of a list of tokens with parameters: name [ "=" value ] *( OWS ";" OWS [ name "=" value ] ). The members
/// of `te`, `expect`, `transfer-encoding`, `accept` and `connection` have this form.
struct ListElement {
  std::string_view name;
  std::string_view value;       ///< behind "="; of a quoted string without its quotes
  bool has_parameters = false;  ///< whether a ";" follows
  bool refused = false;         ///< the parameter q has the value 0
};

/// Reads a comma-separated list element by element. Empty elements are passed over (RFC 9110 section 5.6.1.2).
class ListReader {
 public:
  explicit ListReader(std::string_view list) : scanner_(list) {}
  /// The next element; nothing at the end of the list, and from its first fault on.
  [[nodiscard]] std::optional<ListElement> next();
  /// Whether all that was read had the form of a list.
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

/// Whether `value` is a weight that says "not at all": "0", "0.", "0.0" to "0.000".
[[nodiscard]] bool is_zero_weight(std::string_view value) noexcept;

/// Whether the text behind a chunk's size is a list of extensions (RFC 9112 section 7.1.1), or empty.
[[nodiscard]] bool is_chunk_extension(std::string_view text) noexcept;

}  // namespace faasta::http

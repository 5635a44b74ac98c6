#pragma once
// Writes HTML. Markup comes from the program's own literals only, and every other text is escaped. A text that is not
// a literal cannot become markup, because no function takes it as markup.

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace faasta {

/// Markup: a literal of the program.
class Markup {
 public:
  template <std::size_t N>
  consteval Markup(const char (&literal)[N])  // NOLINT(google-explicit-constructor): so that a literal is markup
      : text_(literal, N - 1), opens_url_(ends_in_url_attribute(text_)) {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  /// Whether the next text is the beginning of a URL: the literal ends with `href="`, `action="` or `src="`.
  [[nodiscard]] constexpr bool opens_url() const noexcept { return opens_url_; }

 private:
  static constexpr bool ends_in_url_attribute(std::string_view text) {
    return text.ends_with("href=\"") || text.ends_with("action=\"") || text.ends_with("src=\"");
  }
  std::string_view text_;
  bool opens_url_;
};

/// A URL to which a page may lead: a path of this server, or an address of a harmless scheme.
class Url {
 public:
  /// Returns the path "/a/b" for the segments "a" and "b". All characters are escaped that have a meaning in a URL.
  [[nodiscard]] static Url path(std::initializer_list<std::string_view> segments);
  /// Returns nothing if the text does not begin with https://, http:// or mailto:, or if it has a control character or
  /// a blank.
  [[nodiscard]] static std::optional<Url> elsewhere(std::string_view text);

  /// Adds a parameter to the query.
  Url& with(std::string_view name, std::string_view value) &;
  Url&& with(std::string_view name, std::string_view value) &&;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  explicit Url(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

class Html {
 public:
  Html& operator<<(Markup markup) {
    text_ += markup.text();
    opens_url_ = markup.opens_url();
    return *this;
  }
  /// Appends the text with its special characters escaped: as text, or as a part of a value in double quotes. At the
  /// beginning of a URL only a Url is allowed; any other text becomes "#", because it could be a script.
  template <class Text>
    requires std::same_as<Text, std::string> || std::same_as<Text, std::string_view>
  Html& operator<<(const Text& text) {
    append(text);
    return *this;
  }
  template <std::integral Number>
    requires(!std::same_as<Number, char> && !std::same_as<Number, bool>)
  Html& operator<<(Number number) {
    append(std::to_string(number));
    return *this;
  }
  Html& operator<<(const Url& url);
  Html& operator<<(const Html& part) {
    text_ += part.text_;
    opens_url_ = part.opens_url_;
    return *this;
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void append(std::string_view text);
  std::string text_;
  bool opens_url_ = false;
};

/// Escapes `text` for use as HTML text or as an attribute value.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace faasta

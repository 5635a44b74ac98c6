#include "http/grammar.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/request.hpp"

namespace faasta::http {
namespace {

/// Whether `c` is qdtext or the second byte of a quoted-pair: every byte that a field value may have.
bool is_quotable(char c) { return is_field_value(std::string_view(&c, 1)); }

}  // namespace

void Scanner::skip_blanks() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

bool Scanner::take(char c) noexcept {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

std::string_view Scanner::token() noexcept {
  std::size_t length = 0;
  while (length < rest_.size() && is_token(rest_.substr(length, 1))) ++length;
  const std::string_view out = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return out;
}

std::optional<std::string_view> Scanner::quoted_string() noexcept {
  if (!rest_.starts_with('"')) return std::nullopt;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      const std::string_view out = rest_.substr(1, i - 1);
      rest_.remove_prefix(i + 1);
      return out;
    }
    if (rest_[i] == '\\' && ++i == rest_.size()) break;
    if (!is_quotable(rest_[i])) break;
  }
  return std::nullopt;
}

std::optional<std::string_view> Scanner::value() noexcept {
  if (rest_.starts_with('"')) return quoted_string();
  const std::string_view plain = token();
  if (plain.empty()) return std::nullopt;
  return plain;
}

std::optional<ListElement> ListReader::next() {
  if (!well_formed_) return std::nullopt;
  do {
    scanner_.skip_blanks();
  } while (scanner_.take(','));
  if (scanner_.at_end()) return std::nullopt;
  ListElement element;
  element.name = scanner_.token();
  // A media type in `accept` has a slash in its name.
  if (!element.name.empty() && scanner_.rest().starts_with('/')) {
    const char* const from = element.name.data();
    static_cast<void>(scanner_.take('/'));
    const std::string_view subtype = scanner_.token();
    if (subtype.empty()) return malformed();
    element.name = std::string_view(from, static_cast<std::size_t>(subtype.data() + subtype.size() - from));
  }
  if (element.name.empty()) return malformed();
  if (scanner_.take('=')) {
    const auto value = scanner_.value();
    if (!value) return malformed();
    element.value = *value;
  }
  if (!read_parameters(element)) return malformed();
  if (!scanner_.at_end() && !scanner_.rest().starts_with(',')) return malformed();
  return element;
}

bool ListReader::read_parameters(ListElement& element) {
  for (;;) {
    scanner_.skip_blanks();
    if (!scanner_.take(';')) return true;
    element.has_parameters = true;
    scanner_.skip_blanks();
    const std::string_view name = scanner_.token();
    if (name.empty()) continue;  // RFC 9110 section 5.6.6: a parameter can be empty
    scanner_.skip_blanks();
    if (!scanner_.take('=')) return false;
    scanner_.skip_blanks();
    const auto value = scanner_.value();
    if (!value) return false;
    if (same_ignoring_case(name, "q") && is_zero_weight(*value)) element.refused = true;
  }
}

bool is_zero_weight(std::string_view value) noexcept {
  if (!value.starts_with('0') || value.size() > 5) return false;
  if (value.size() == 1) return true;
  return value[1] == '.' && std::ranges::all_of(value.substr(2), [](char c) { return c == '0'; });
}

bool is_chunk_extension(std::string_view text) noexcept {
  if (text.empty()) return true;
  Scanner scanner(text);
  while (!scanner.at_end()) {
    scanner.skip_blanks();
    if (!scanner.take(';')) return false;
    scanner.skip_blanks();
    if (scanner.token().empty()) return false;
    Scanner behind = scanner;  // blanks before "=" or before the next extension
    behind.skip_blanks();
    if (!behind.take('=')) continue;
    behind.skip_blanks();
    if (!behind.value()) return false;
    scanner = behind;
  }
  return true;
}

}  // namespace faasta::http

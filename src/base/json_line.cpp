#include "base/json_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace faasta {
namespace {

/// Whether a JSON string can contain `c` unescaped.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20U) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
}

}  // namespace

void JsonLine::key(std::string_view name) {
  // Appends the key in one step for speed: a call's line has about twenty keys.
  const std::size_t before = out_.size();
  out_.resize_and_overwrite(before + name.size() + 4, [&](char* start, std::size_t) {
    char* to = start + before;
    if (before > 1) *to++ = ',';
    *to++ = '"';
    to = std::ranges::copy(name, to).out;
    *to++ = '"';
    *to++ = ':';
    return to - start;
  });
}

JsonLine& JsonLine::text(std::string_view name, std::string_view value) {
  key(name);
  out_ += '"';
  if (std::ranges::all_of(value, is_plain)) {
    out_ += value;
  } else {
    append_escaped(out_, valid_utf8(value));
  }
  out_ += '"';
  return *this;
}

JsonLine& JsonLine::shortened(std::string_view name, std::string_view value, std::size_t most) {
  if (value.size() <= most) return text(name, value);
  return text(name, std::string(value.substr(0, character_boundary(value, most))) + "\xE2\x80\xA6");
}

JsonLine& JsonLine::number(std::string_view name, std::uint64_t value) {
  key(name);
  const fmt::format_int digits(value);
  out_.append(digits.data(), digits.size());
  return *this;
}

JsonLine& JsonLine::milliseconds(std::string_view name, std::uint64_t us) {
  number(name, us / 1000);
  const std::uint64_t rest = us % 1000;
  out_ += '.';
  out_ += static_cast<char>('0' + rest / 100);
  out_ += static_cast<char>('0' + rest / 10 % 10);
  out_ += static_cast<char>('0' + rest % 10);
  return *this;
}

JsonLine& JsonLine::boolean(std::string_view name, bool value) {
  key(name);
  out_ += value ? "true" : "false";
  return *this;
}

std::string JsonLine::take() {
  out_ += "}\n";
  return std::exchange(out_, "{");
}

}  // namespace faasta

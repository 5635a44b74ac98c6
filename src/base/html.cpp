#include "base/html.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url_escape.hpp"

namespace faasta {

Url Url::path(std::initializer_list<std::string_view> segments) {
  std::string out;
  for (const std::string_view segment : segments) out += "/" + url_escape(segment);
  return Url(out.empty() ? "/" : std::move(out));
}

std::optional<Url> Url::elsewhere(std::string_view text) {
  const std::string start = lowered(text.substr(0, 8));
  const bool harmless = start.starts_with("https://") || start.starts_with("http://") || start.starts_with("mailto:");
  const auto unseen = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (!harmless || std::ranges::any_of(text, unseen)) return std::nullopt;
  return Url(std::string(text));
}

Url& Url::with(std::string_view name, std::string_view value) & {
  text_ += (text_.contains('?') ? "&" : "?") + url_escape(name) + "=" + url_escape(value);
  return *this;
}

Url&& Url::with(std::string_view name, std::string_view value) && { return std::move(with(name, value)); }

Html& Html::operator<<(const Url& url) {
  text_ += html_escaped(url.text());
  opens_url_ = false;
  return *this;
}

void Html::append(std::string_view text) {
  text_ += std::exchange(opens_url_, false) ? "#" : html_escaped(valid_utf8(text));
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace faasta

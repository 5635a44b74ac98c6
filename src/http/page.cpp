#include "http/page.hpp"

#include <vector>

#include "base/text.hpp"
#include "http/grammar.hpp"

namespace faasta::http {
namespace {

constexpr std::string_view kPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

void answer_page(Exchange& exchange, std::uint16_t status, std::span<const FieldView> more, std::string_view page) {
  const std::string length = std::to_string(page.size());
  std::vector<FieldView> fields = {{"content-type", "text/html; charset=utf-8"},
                                   {"content-length", length},
                                   {"cache-control", "no-store"},
                                   {"content-security-policy", kPolicy},
                                   {"referrer-policy", "no-referrer"},
                                   {"x-content-type-options", "nosniff"},
                                   {"x-frame-options", "DENY"}};
  fields.insert(fields.end(), more.begin(), more.end());
  exchange.head(status, fields);
  exchange.data(page);
  exchange.finish({});
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

bool wants_page(const RequestHead& request) {
  bool page = false;
  for (const FieldView& field : request.fields) {
    if (!same_ignoring_case(field.name, "accept")) continue;
    ListReader list(field.value);
    while (const auto type = list.next()) {
      if (type->refused) continue;
      if (same_ignoring_case(type->name, "application/json") ||
          same_ignoring_case(type->name, "application/problem+json"))
        return false;
      page = page || same_ignoring_case(type->name, "text/html");
    }
  }
  return page;
}

}  // namespace faasta::http

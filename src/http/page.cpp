#include "http/page.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"

namespace faasta::http {
namespace {

constexpr char kStyle[] =
    ":root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 "
    "1.25rem}h1{font-size:1.5rem;line-height:1.25}p{overflow-wrap:anywhere}small{opacity:.75}";

/// The pages may load nothing. They may have the one style sheet with this digest.
const std::string& policy() {
  static const std::string text = [] {
    const Sha256 digest = sha256(std::string_view(kStyle));
    return fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        base64({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}));
  }();
  return text;
}

}  // namespace

Html small_page(std::string_view title, const Html& body) {
  Html page;
  page << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
       << title << "</title>\n<style>" << kStyle << "</style>\n</head>\n<body>\n<main>\n"
       << body << "</main>\n</body>\n</html>\n";
  return page;
}

void answer_page(Exchange& exchange, std::uint16_t status, std::span<const FieldView> more, const Html& page) {
  const std::string length = std::to_string(page.text().size());
  std::vector<FieldView> fields = {{"content-type", "text/html; charset=utf-8"},
                                   {"content-length", length},
                                   {"cache-control", "no-store"},
                                   {"content-security-policy", policy()},
                                   {"referrer-policy", "no-referrer"},
                                   {"x-content-type-options", "nosniff"},
                                   {"x-frame-options", "DENY"}};
  fields.insert(fields.end(), more.begin(), more.end());
  exchange.head(status, fields);
  exchange.data(page.text());
  exchange.finish({});
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

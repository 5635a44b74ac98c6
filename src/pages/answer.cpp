#include "pages/answer.hpp"

#include <string>
#include <vector>

#include "base/sha256.hpp"

namespace faasta::pages {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
constexpr FieldView kNoSniff{"x-content-type-options", "nosniff"};
constexpr FieldView kOwnOriginOnly{"cross-origin-resource-policy", "same-origin"};

void answer(http::Exchange& exchange, std::uint16_t status, std::span<const FieldView> fields, std::string_view body) {
  exchange.head(status, fields);
  exchange.data(body);
  exchange.finish({});
}

}  // namespace

void answer_html(http::Exchange& exchange, std::uint16_t status, const Html& page, std::span<const FieldView> more,
                 std::string_view cache) {
  const std::string length = std::to_string(page.text().size());
  std::vector<FieldView> fields = {{"content-type", "text/html; charset=utf-8"},
                                   {"content-length", length},
                                   {"cache-control", cache},
                                   {"content-security-policy", kPolicy},
                                   {"cross-origin-opener-policy", "same-origin"},
                                   {"referrer-policy", "same-origin"},
                                   {"x-frame-options", "DENY"},
                                   kNoSniff,
                                   kOwnOriginOnly};
  fields.insert(fields.end(), more.begin(), more.end());
  answer(exchange, status, fields, page.text());
}

void answer_see_other(http::Exchange& exchange, std::string_view location, std::span<const FieldView> more) {
  std::vector<FieldView> fields = {{"location", location},
                                   {"content-length", "0"},
                                   {"cache-control", "no-store"},
                                   {"referrer-policy", "no-referrer"},
                                   kOwnOriginOnly};
  fields.insert(fields.end(), more.begin(), more.end());
  answer(exchange, 303, fields, {});
}

void answer_asset(http::Exchange& exchange, std::string_view type, std::string_view content) {
  const std::string tag = "\"" + sha256(content).hex().substr(0, 16) + "\"";
  const std::vector<FieldView> common = {{"etag", tag}, {"cache-control", "no-cache"}, kNoSniff, kOwnOriginOnly};
  const auto known = exchange.request().field("if-none-match");
  if (known && known->contains(tag)) return answer(exchange, 304, common, {});
  const std::string length = std::to_string(content.size());
  std::vector<FieldView> fields = {{"content-type", type}, {"content-length", length}};
  fields.insert(fields.end(), common.begin(), common.end());
  answer(exchange, 200, fields, content);
}

}  // namespace faasta::pages

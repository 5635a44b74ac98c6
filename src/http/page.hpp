#pragma once
// Small HTML pages of the server. They have no scripts and no content of other sites.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::http {

/// Queues a complete answer with a page. No cache may keep the page, and no other site may frame it.
void answer_page(Exchange& exchange, std::uint16_t status, std::span<const FieldView> more, std::string_view page);

/// Escapes `text` for use as HTML text or as an attribute value.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// Whether the `accept` field names HTML and does not name JSON. A browser sends this field when it loads a page.
[[nodiscard]] bool wants_page(const RequestHead& request);

}  // namespace faasta::http

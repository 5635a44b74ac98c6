#pragma once
// Small HTML pages of the server's own: no script, nothing from elsewhere.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::http {

/// Queues a whole answer with a page that no cache keeps and no other site can frame.
void answer_page(Exchange& exchange, std::uint16_t status, std::span<const FieldView> more, std::string_view page);

/// `text` as HTML text or attribute value.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// Whether the client asks for HTML by name and for no JSON: a browser that shows a page.
[[nodiscard]] bool wants_page(const RequestHead& request);

}  // namespace faasta::http

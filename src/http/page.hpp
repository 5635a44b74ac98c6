#pragma once
// Small HTML pages of the server, for errors and notices. They have no scripts and load nothing, because they appear at
// the addresses of functions too.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/html.hpp"
#include "http/exchange.hpp"

namespace faasta::http {

/// Makes a page with this title and body.
[[nodiscard]] Html small_page(std::string_view title, const Html& body);

/// Queues a complete answer with a page of small_page(). No cache may keep the page, and no other site may frame it.
void answer_page(Exchange& exchange, std::uint16_t status, std::span<const FieldView> more, const Html& page);

/// Whether the `accept` field names HTML and does not name JSON. A browser sends this field when it loads a page.
[[nodiscard]] bool wants_page(const RequestHead& request);

}  // namespace faasta::http

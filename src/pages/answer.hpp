#pragma once
// The answers of the dashboard and the landing page: pages, redirects, and the style sheet and script of all pages.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/html.hpp"
#include "http/exchange.hpp"

namespace faasta::pages {

/// Queues a complete answer with a page. The page may load things of its own server only, and runs no script but those.
/// No other site may frame it. `cache`: the value of `cache-control`.
void answer_html(http::Exchange& exchange, std::uint16_t status, const Html& page, std::span<const FieldView> more = {},
                 std::string_view cache = "no-store");
/// Queues a redirect after which the browser asks for `location` with GET.
void answer_see_other(http::Exchange& exchange, std::string_view location, std::span<const FieldView> more = {});
/// Queues a file that does not change as long as the server runs. Browsers ask with its ETag whether it has changed.
void answer_asset(http::Exchange& exchange, std::string_view type, std::string_view content);

}  // namespace faasta::pages

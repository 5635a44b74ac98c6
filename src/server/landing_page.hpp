#pragma once

#include <string_view>

#include "http/exchange.hpp"

namespace faasta::server {

/// Answers requests to the base domain itself, with a page about this server and links.
void answer_landing_page(http::Exchange& exchange, std::string_view base_domain);

}  // namespace faasta::server

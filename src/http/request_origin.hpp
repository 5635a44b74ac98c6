#pragma once
// Finds the client and the id of a request, for any protocol.

#include <string>

#include "base/error.hpp"
#include "http/connection.hpp"
#include "http/request.hpp"

namespace faasta::http {

/// If the peer is a trusted proxy, reads the client from the proxy's fields. Before the call, `client` must be the
/// client of the connection. Fails with http_malformed.
[[nodiscard]] inline Result<> find_origin(RequestHead& head, Client& client, const Opened& peer,
                                          const ConnectionOptions& options) {
  if (!options.trusted.has(peer.peer)) return {};
  return options.trusted.take_forwarded(head, client);
}

/// Returns the client's `x-request-id` if it is usable, and otherwise a new id.
[[nodiscard]] std::string choose_request_id(const RequestHead& head);

}  // namespace faasta::http

#pragma once

#include <span>

namespace faasta::server {

/// `faastad certificates list|renew|setup`: `list` shows the certificates that the server gets from a CA, `renew` asks
/// for a new certificate, `setup` shows the DNS records that the certificates need. The commands work on the data
/// folder, so they need no running server. Returns the exit code. `arguments` begins with "certificates".
int run_certificates(std::span<char*> arguments);

}  // namespace faasta::server

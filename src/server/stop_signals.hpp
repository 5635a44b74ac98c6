#pragma once

#include <csignal>

namespace faasta::server {

/// Blocks SIGTERM, SIGINT and SIGHUP before threads start, so that only serve() receives them. The signals of traps
/// stay unblocked, because Wasmtime needs them. Also ignores SIGPIPE.
[[nodiscard]] sigset_t block_stop_signals();

/// Whether SIGTERM or SIGINT waits to be received.
[[nodiscard]] bool is_stop_pending();

}  // namespace faasta::server

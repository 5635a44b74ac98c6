#pragma once

#include <csignal>

namespace faasta::server {

/// Blocks SIGTERM, SIGINT and SIGHUP before threads start, so that only serve() receives them. SIGINT stays ignored if
/// the program that started this one ignores it (`nohup`, `trap '' INT`, the background of a shell). The signals of
/// traps stay unblocked, because Wasmtime needs them. Also ignores SIGPIPE.
[[nodiscard]] sigset_t block_stop_signals();

/// Whether SIGTERM or SIGINT waits to be received.
[[nodiscard]] bool is_stop_pending();

}  // namespace faasta::server

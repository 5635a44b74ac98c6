#pragma once
// The checks of `faastad doctor`. Each looks at one thing. They start no server, and a server may run meanwhile.

#include "server/config.hpp"
#include "server/finding.hpp"

namespace faasta::server {

/// The files that the settings name, and the resources of the machine that they need.
[[nodiscard]] Findings diagnose_settings(const Config& config);
/// The data folder: its rights and those of its keys, and its disk.
[[nodiscard]] Findings diagnose_data(const Config& config);
/// The kernel, swap and the clock.
[[nodiscard]] Findings diagnose_machine();
/// The addresses to listen on, and the names of functions in DNS.
[[nodiscard]] Findings diagnose_network(const Config& config);
/// How long the certificates are valid.
[[nodiscard]] Findings diagnose_certificates(const Config& config);
/// How old the last backup is.
[[nodiscard]] Findings diagnose_backup(const Config& config);

}  // namespace faasta::server

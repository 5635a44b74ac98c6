#pragma once

namespace faasta::server {

/// Whether the server takes from itself what serving does not need; see Lockdown. `log`: the kernel only logs the
/// system calls that the server should not make.
enum class LockdownMode : unsigned char { on, log, off };

}  // namespace faasta::server

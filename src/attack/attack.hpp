#pragma once

#include <span>

namespace faasta::attack {

/// `faastad attack`: starts a throw-away server, attacks it in many ways, and prints how a victim's function was served
/// meanwhile. Returns 0 if all bounds held, and 1 otherwise. `arguments` begins with "attack".
[[nodiscard]] int run_attack(std::span<char*> arguments);

}  // namespace faasta::attack

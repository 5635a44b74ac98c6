#pragma once
// The key under which the server seals compiled files. A file with another server's seal is never loaded.

#include <array>
#include <cstdint>
#include <filesystem>

#include "base/error.hpp"

namespace faasta::engine {

using SealKey = std::array<std::uint8_t, 32>;

/// Reads the key from `file`. If there is no such file, or it is not a key, writes a new key to it, readable by the
/// server's user alone. Then all compiled files that were sealed with another key are compiled again.
[[nodiscard]] Result<SealKey> seal_key(const std::filesystem::path& file);

}  // namespace faasta::engine

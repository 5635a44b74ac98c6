#pragma once

#include <string>

namespace faasta {

/// Makes `text` empty and frees its memory. An assignment of `std::string()` would keep the memory, because libstdc++
/// copies a short string into the buffer that `text` already has.
inline void free_string(std::string& text) noexcept { std::string().swap(text); }

}  // namespace faasta

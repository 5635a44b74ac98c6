#pragma once

#include <string>
#include <string_view>

/// Returns the greeting with this word.
[[nodiscard]] std::string greeting(std::string_view word);

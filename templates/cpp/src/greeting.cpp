#include "greeting.hpp"

std::string greeting(std::string_view word) { return std::string(word) + " from {{name}}\n"; }

#pragma once

#include <stddef.h>

// Writes the greeting with this word to `out`, which has room for `size` bytes. Returns the length of the greeting.
size_t greeting(char* out, size_t size, const char* word);

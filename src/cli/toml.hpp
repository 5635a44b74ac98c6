#pragma once
// toml++, header-only and without exceptions, the same for every file that reads TOML.

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

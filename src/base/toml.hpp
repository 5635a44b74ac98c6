#pragma once
// toml++, header-only and without exceptions. The same for every file that reads TOML: with and without exceptions it
// has functions of one name, and a program with both gets either.

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

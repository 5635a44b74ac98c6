#pragma once
// toml++, header-only and without exceptions. Every file that reads TOML must include it through this header. toml++
// has functions of the same name with and without exceptions, and the linker would mix both forms.

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

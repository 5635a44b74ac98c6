// Splits a component into code and data, and reads the header of an image's file; fuzz/split/src/lib.rs checks the
// results.

#include "fuzz.hpp"

extern "C" void fuzz_split(const std::uint8_t* data, std::size_t size);

void fuzz(std::string_view input) { fuzz_split(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()); }

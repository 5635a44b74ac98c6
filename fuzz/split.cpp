// The engine's separation of code and data, and the head of an image's file (fuzz/split/src/lib.rs has the properties).

#include "fuzz.hpp"

extern "C" void fuzz_split(const std::uint8_t* data, std::size_t size);

void fuzz(std::string_view input) { fuzz_split(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()); }

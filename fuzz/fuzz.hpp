#pragma once
// The part that all fuzz targets share. A target defines `fuzz`, which libFuzzer calls with one input after the other.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

void fuzz(std::string_view input);

/// If the property does not hold, prints it with its place in the source and aborts. libFuzzer then keeps the input.
#define FUZZ_CHECK(holds)                                                        \
  do {                                                                           \
    if (!(holds)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #holds); \
      std::abort();                                                              \
    }                                                                            \
  } while (false)

extern "C" inline __attribute__((used)) int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include "../src/greeting.hpp"

#include <cstdio>

int main() {
  if (const std::string got = greeting("hi"); got != "hi from {{name}}\n") {
    std::printf("got \"%s\"\n", got.c_str());
    return 1;
  }
  return 0;
}

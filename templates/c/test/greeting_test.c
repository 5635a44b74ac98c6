#include "../src/greeting.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void check(const char* got, const char* want) {
  if (strcmp(got, want) == 0) return;
  printf("got \"%s\", want \"%s\"\n", got, want);
  ++failures;
}

int main(void) {
  char text[64];
  greeting(text, sizeof text, "hi");
  check(text, "hi from {{name}}\n");
  if (greeting(text, 6, "a long word") != 5) ++failures;
  check(text, "a lon");
  return failures == 0 ? 0 : 1;
}

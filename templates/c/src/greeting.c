#include "greeting.h"

#include <stdio.h>

size_t greeting(char* out, size_t size, const char* word) {
  const int length = snprintf(out, size, "%s from {{name}}\n", word);
  return (size_t)length < size ? (size_t)length : size - 1;
}

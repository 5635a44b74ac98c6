#include "admin/report.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace faasta::admin {

int report(const Error& error) {
  const CodeInfo& code = info(error.code);
  fmt::print(stderr, "faastad: error[{}]: {}\n", code.id, code.title);
  if (!error.detail.empty()) fmt::print(stderr, "  {}\n", error.detail);
  fmt::print(stderr, "  fix: {}\n", error.advice());
  return code.exit_code;
}

}  // namespace faasta::admin

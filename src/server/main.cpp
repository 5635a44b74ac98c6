#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <span>
#include <string_view>

#include "compile/child.hpp"
#include "server/config.hpp"
#include "server/server.hpp"

namespace {

int report(const faasta::Error& error) {
  const faasta::CodeInfo& code = faasta::info(error.code);
  fmt::print(stderr, "faastad: error[{}]: {}\n", code.id, code.title);
  if (!error.detail.empty()) fmt::print(stderr, "  {}\n", error.detail);
  fmt::print(stderr, "  fix: {}\n", code.fix);
  return code.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  try {
    if (arguments.size() == 4 && std::string_view(arguments[1]) == "compile")
      return faasta::compile::run_child(arguments[2], arguments[3]);
    const auto config = faasta::server::load_config(argc, argv);
    if (!config) return report(config.error());
    const auto served = faasta::server::serve(*config);
    return served ? 0 : report(served.error());
  } catch (const std::exception& error) {
    return report({faasta::Code::internal_error, error.what()});
  }
}

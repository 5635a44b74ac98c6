#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
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

/// `faastad compile ...`, which only faastad itself starts.
int compile(std::span<char*> arguments) {
  faasta::CallLimits limits;
  limits.cpu = std::chrono::milliseconds(std::stoll(arguments[4]));
  limits.memory_bytes = std::stoull(arguments[5]);
  return faasta::compile::run_child(arguments[2], arguments[3], limits);
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  try {
    if (arguments.size() == 6 && std::string_view(arguments[1]) == "compile") return compile(arguments);
    const auto config = faasta::server::load_config(argc, argv);
    if (!config) return report(config.error());
    const auto served = faasta::server::serve(*config);
    return served ? 0 : report(served.error());
  } catch (const std::exception& error) {
    return report({faasta::Code::internal_error, error.what()});
  }
}

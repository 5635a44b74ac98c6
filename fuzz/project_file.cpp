// Reads faasta.toml, with and without an environment, and .env: files of a project that a person may have cloned.

#include "cli/project/project_file.hpp"
#include "cli/project/dotenv.hpp"
#include "fuzz.hpp"

namespace {

using namespace faasta;

void check_project(std::string_view input) {
  for (const std::string_view environment : {"", "staging"}) {
    const auto project = cli::parse_project(input, environment);
    if (!project) FUZZ_CHECK(!project.error().detail.empty());
  }
}

void check_dotenv(std::string_view input) {
  const auto variables = cli::parse_dotenv(input, ".env");
  if (!variables) {
    FUZZ_CHECK(variables.error().detail.starts_with(".env:"));
    return;
  }
  for (const auto& [name, value] : *variables) FUZZ_CHECK(!name.empty() && name.find('=') == std::string::npos);
}

}  // namespace

void fuzz(std::string_view input) {
  check_project(input);
  check_dotenv(input);
}

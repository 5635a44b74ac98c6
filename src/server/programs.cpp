#include "server/programs.hpp"

#include <utility>
#include <vector>

#include "certificates/dns_hook.hpp"
#include "compile/compiler.hpp"

namespace faasta::server {

Result<std::unique_ptr<ProcessStarter>> start_starter(const Config& config, const std::filesystem::path& data) {
  std::vector<StartableProgram> programs{compile::Compiler::child_program(
      data, config.for_development ? compile::Urgency::urgent : compile::Urgency::behind)};
  if (!config.acme.dns_hook.empty()) programs.push_back(certificates::dns_hook_program(config.acme.dns_hook));
  return ProcessStarter::open(std::move(programs));
}

}  // namespace faasta::server

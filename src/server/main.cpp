#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/admin.hpp"
#include "admin/report.hpp"
#include "attack/attack.hpp"
#include "backup/command.hpp"
#include "base/file.hpp"
#include "compile/child.hpp"
#include "http/listener.hpp"
#include "server/certificates_command.hpp"
#include "server/config.hpp"
#include "server/core_dumps.hpp"
#include "server/data_folder.hpp"
#include "server/doctor.hpp"
#include "server/server.hpp"

namespace {

using faasta::admin::report;

faasta::Result<faasta::server::Config> config_of(const std::filesystem::path& file) {
  faasta::server::Config config;
  if (auto read = faasta::server::read_config_file(file, config); !read) return std::unexpected(read.error());
  if (!config.secrets_key_file.empty()) config.secrets_key_file = file.parent_path() / config.secrets_key_file;
  return config;
}

/// Returns the places that a server's configuration file names.
faasta::Result<faasta::admin::Places> places_of(const std::filesystem::path& file) {
  const auto config = config_of(file);
  if (!config) return std::unexpected(config.error());
  return faasta::admin::Places{config->catalog_place(), config->secrets_key(), config->makes_secrets_key()};
}

faasta::Result<faasta::backup::Places> backup_places_of(const std::filesystem::path& file) {
  const auto config = config_of(file);
  if (!config) return std::unexpected(config.error());
  return faasta::backup::Places{config->data, config->secrets_key()};
}

// Only faastad itself starts the commands below (src/compile/compiler.hpp).
int compile(std::span<char*> arguments) {
  faasta::CallLimits limits;
  limits.cpu = std::chrono::milliseconds(std::stoll(arguments[6]));
  limits.memory_bytes = std::stoull(arguments[7]);
  return faasta::compile::run_compile(arguments[2], arguments[3], arguments[4], std::stoull(arguments[5]), limits,
                                      arguments.size() > 8 ? arguments[8] : "");
}

/// `faastad listeners OPTION...`: prints the sockets and the lock that `faastad OPTION...` needs, for
/// faasta-supervisor. Each line has the name of the setting, the address or path, and the number of sockets that share
/// the address.
int print_listeners(std::span<char*> arguments) {
  std::vector<char*> rest(arguments.begin(), arguments.end());
  rest.erase(rest.begin() + 1);
  const auto config = faasta::server::load_config(static_cast<int>(rest.size()), rest.data());
  if (!config) return report(config.error());
  // The supervisor locks a file in the folder.
  if (auto data = faasta::server::DataFolder::make(config->data); !data) return report(data.error());
  // The address is in the form that the supervisor itself reads from a socket, so that it can compare the two.
  const auto canonical = [](const std::string& address) {
    const auto parsed = faasta::http::parse_listen(address);
    if (!parsed) return address;
    const bool six = parsed->address.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", six ? "[" : "", parsed->address, six ? "]" : "", parsed->port);
  };
  fmt::print("lock\t{}\t1\nlisten\t{}\t{}\n", std::filesystem::absolute(config->data / "lock").string(),
             canonical(config->listen), config->event_loops());
  if (config->tls.enabled()) fmt::print("tls.listen\t{}\t{}\n", canonical(config->tls.listen), config->event_loops());
  fmt::print("admin_listen\t{}\t1\n", canonical(config->admin_listen));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  try {
    const std::string_view verb = arguments.size() > 1 ? arguments[1] : "";
    if (verb == "compile" && (arguments.size() == 8 || arguments.size() == 9)) return compile(arguments);
    if (verb == "split" && arguments.size() == 7)
      return faasta::compile::run_split(arguments[2], arguments[3], arguments[4], arguments[5],
                                        std::stoull(arguments[6]));
    if (verb == "admin") return faasta::admin::run_admin(arguments.subspan(1), places_of);
    if (verb == "backup" || verb == "restore") {
      const auto done = faasta::backup::run_backup(arguments, backup_places_of);
      return done ? 0 : report(done.error());
    }
    if (verb == "attack") return faasta::attack::run_attack(arguments.subspan(1));
    if (verb == "doctor" || verb == "check-config") return faasta::server::run_doctor(arguments);
    if (verb == "certificates") return faasta::server::run_certificates(arguments.subspan(1));
    if (verb == "listeners") return print_listeners(arguments);
    const auto config = faasta::server::load_config(argc, argv);
    if (!config) return report(config.error());
    faasta::server::keep_memory_out_of_core_dumps();
    if (config->for_development) faasta::let_data_be_lost();
    const auto served = faasta::server::serve(*config);
    return served ? 0 : report(served.error());
  } catch (const std::exception& error) {
    return report({faasta::Code::internal_error, error.what()});
  }
}

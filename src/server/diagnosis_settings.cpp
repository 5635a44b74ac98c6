// diagnose_settings: what the settings name and need.

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "secrets/keys.hpp"
#include "server/diagnosis.hpp"
#include "server/machine.hpp"
#include "tls/certificates.hpp"

namespace faasta::server {
namespace {

namespace fs = std::filesystem;
using enum Finding::Level;

constexpr const char* kSettings = "settings";

Finding fault_of(const Error& error, const char* why) {
  return {kSettings, fault, error.detail.empty() ? std::string(info(error.code).title) : error.detail, why,
          std::string(error.advice())};
}

/// A file that a setting names, and that the server must be able to read (or start).
void add_file(Findings& out, const char* setting, const fs::path& file, int access) {
  if (file.empty() || ::access(file.c_str(), access) == 0) return;
  const std::string problem = std::system_category().message(errno);
  out.push_back({kSettings, fault, fmt::format("{} = \"{}\": {}", setting, file.string(), problem),
                 "the server does not start, or cannot do what the setting is for",
                 "Correct the path, or the rights of the file, for the server's user"});
}

}  // namespace

Findings diagnose_settings(const Config& config) {
  Findings out;
  add_file(out, "acme.root", config.acme.root, R_OK);
  add_file(out, "acme.binding_key_file", config.acme.binding_key_file, R_OK);
  add_file(out, "acme.dns_hook", config.acme.dns_hook, X_OK);
  add_file(out, "engine.runtimes", config.runtimes, R_OK | X_OK);
  if (!config.secrets_key_file.empty()) {
    if (const auto keys = secrets::Keys::read(config.secrets_key()); !keys)
      out.push_back(fault_of(keys.error(), "functions that use secrets answer 503"));
  }
  if (!config.tls.places.empty()) {
    if (const auto read = tls::Certificates::open(config.tls.places); !read)
      out.push_back(fault_of(read.error(), "the server does not start without its certificates"));
  }
  const auto limits = share(Machine::here(), config);
  if (!limits) {
    out.push_back(fault_of(limits.error(), "the server does not start"));
  } else {
    for (const std::string& lowered : limits->lowered)
      out.push_back({kSettings, warning, lowered, "the server will use less than the settings say",
                     "Lower the setting, or raise the limit of the machine"});
  }
  if (out.empty()) out.push_back({kSettings, good, "the settings are valid, and the machine has what they need"});
  return out;
}

}  // namespace faasta::server

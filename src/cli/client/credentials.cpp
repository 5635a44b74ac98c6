#include "cli/client/credentials.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <sstream>
#include <system_error>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/toml.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;  // enough for thousands of servers

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

}  // namespace

std::filesystem::path Credentials::default_path() {
  const char* config = environment("XDG_CONFIG_HOME");
  const char* home = environment("HOME");
  const std::filesystem::path base = config != nullptr
                                         ? std::filesystem::path(config)
                                         : std::filesystem::path(home != nullptr ? home : ".") / ".config";
  return base / "faasta" / "credentials.toml";
}

Result<Credentials> Credentials::load(std::filesystem::path path) {
  Credentials out(std::move(path));
  std::error_code missing;
  if (!std::filesystem::exists(out.path_, missing)) return out;
  const auto text = read_file(out.path_, kLargestFile);
  if (!text) return std::unexpected(text.error());
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) {
    const auto where = parsed.error().source().begin;
    return fail(Code::io_error, fmt::format("{}:{}:{}: {}", out.path_.string(), where.line, where.column,
                                            parsed.error().description()));
  }
  const toml::table* servers = parsed.table()["servers"].as_table();
  if (servers == nullptr) return out;
  for (const auto& [server, entry] : *servers) {
    const toml::table* fields = entry.as_table();
    if (fields == nullptr) continue;
    if (const auto token = (*fields)["token"].value<std::string>()) out.tokens_.emplace(server.str(), *token);
  }
  return out;
}

std::optional<std::string> Credentials::token(const std::string& server) const {
  const auto found = tokens_.find(server);
  if (found == tokens_.end()) return std::nullopt;
  return found->second;
}

void Credentials::set(const std::string& server, std::string token) {
  changes_.insert_or_assign(server, token);
  tokens_.insert_or_assign(server, std::move(token));
}

bool Credentials::remove(const std::string& server) {
  changes_.insert_or_assign(server, std::nullopt);
  return tokens_.erase(server) > 0;
}

Result<> Credentials::save() const {
  std::error_code error;
  const std::filesystem::path folder = path_.parent_path();
  std::filesystem::create_directories(folder.parent_path(), error);
  if (!error && std::filesystem::create_directory(folder, error) && ::chmod(folder.c_str(), 0700) != 0)
    return fail_errno(Code::io_error, "chmod " + folder.string(), errno);
  if (error) return fail_errno(Code::io_error, "create " + folder.string(), error.value());
  const FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return fail_errno(Code::io_error, "lock " + folder.string(), errno);
  ASSIGN_OR_RETURN(Credentials now, load(path_));
  for (const auto& [server, token] : changes_) {
    if (token) {
      now.tokens_.insert_or_assign(server, *token);
    } else {
      now.tokens_.erase(server);
    }
  }
  return now.write();
}

Result<> Credentials::write() const {
  toml::table servers;
  for (const auto& [server, token] : tokens_) servers.insert(server, toml::table{{"token", token}});
  std::ostringstream text;
  text << "# Tokens of `faasta login`. Whoever reads this file can act as you.\n"
       << toml::table{{"servers", std::move(servers)}} << "\n";
  // A umask can remove permissions from 0600, but cannot add permissions. The code below adds the removed permissions
  // again.
  const auto written = replace_file(path_, text.str(), 0600, Durable::yes);
  if (!written) return written;
  if (::chmod(path_.c_str(), 0600) != 0) return fail_errno(Code::io_error, "chmod " + path_.string(), errno);
  return {};
}

}  // namespace faasta::cli

#include "cli/client/private_server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "base/file.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

constexpr int kReadySeconds = 30;
constexpr int kStopSeconds = 5;
constexpr std::size_t kLongestStartLog = 64U << 10U;
constexpr std::uint64_t kLongestToken = 4096;

/// Returns the messages of JSON log lines, one per line, to show why a server did not start.
std::string messages(std::string_view log) {
  std::string out;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const auto entry = parse_object(line);
    std::string text = entry ? text_field(*entry, "message") : std::string(line);
    if (entry && text.empty()) text = text_field(*entry, "error");
    if (entry && text.empty()) text = line;
    if (!text.empty()) out += text + "\n";
  }
  return out;
}

std::string config_text(const std::vector<std::string>& reachable) {
  std::string list;
  for (const std::string& address : reachable) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", address);
  return fmt::format("[server]\nfor_development = true\n[outbound]\nreachable = [{}]\n", list);
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / "faasta-run-XXXXXX").string();
  if (error) return fail_errno(Code::io_error, "temporary folder", error.value());
  if (::mkdtemp(pattern.data()) == nullptr) return fail_errno(Code::io_error, "create " + pattern, errno);
  return TemporaryFolder(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path find_faastad() {
  const char* named = std::getenv("FAASTA_FAASTAD");
  if (named != nullptr && *named != '\0') return named;
  std::error_code error;
  auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "faastad";
  if (!error && ::access(beside.c_str(), X_OK) == 0) return beside;
  return find_program("faastad");
}

std::optional<std::string> ready_port(std::string_view line) {
  const auto entry = parse_object(line);
  if (!entry || text_field(*entry, "event") != "ready") return std::nullopt;
  const std::string listen = text_field(*entry, "listen");
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string port = listen.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return port;
}

Outcome<> PrivateServer::check_port(int port) {
  if (port == 0) return {};
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // the server also sets SO_REUSEADDR
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  const bool taken = errno == EADDRINUSE;
  const std::string reason = taken ? "another program uses port " + std::to_string(port) + " of this machine"
                                   : "port " + std::to_string(port) + ": " + std::system_category().message(errno);
  return fail_with_fix(Error{Code::listen_failed, reason},
                       "Choose another with `--port N`; `--port 0` takes any that is free");
}

Outcome<std::unique_ptr<PrivateServer>> PrivateServer::start(const Options& options, Output& output) {
  const std::filesystem::path program = find_faastad();
  if (program.empty())
    return fail_with_fix(Error{Code::tool_missing, "faastad is neither beside faasta nor on the PATH"},
                         "Install faastad, or name it in FAASTA_FAASTAD");
  auto folder = TemporaryFolder::make();
  if (!folder) return std::unexpected(folder.error());
  const std::filesystem::path config = folder->path() / "faastad.toml";
  if (std::ofstream file(config); !(file << config_text(options.reachable)).flush())
    return fail(Code::io_error, "write " + config.string());
  const std::filesystem::path data = options.data.empty() ? folder->path() / "data" : options.data;
  std::vector<std::string> command = {program.string(),
                                      "--config",
                                      config.string(),
                                      "--data",
                                      data.string(),
                                      "--listen",
                                      fmt::format("127.0.0.1:{}", options.port),
                                      "--admin-listen",
                                      "127.0.0.1:0",
                                      "--base-domain",
                                      "localhost",
                                      "--default-function",
                                      options.function};
  if (options.socket >= 0)  // by the rules of sd_listen_fds(3); the shell knows the number of its process
    command.insert(command.begin(),
                   {"sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=listen exec \"$0\" \"$@\""});
  // The variables of another server, such as FAASTAD_TLS_LISTEN, are not for this one.
  std::vector<std::string> without{"env"};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view name = std::string_view(*variable).substr(0, std::string_view(*variable).find('='));
    if (name.starts_with("FAASTAD_")) without.insert(without.end(), {"-u", std::string(name)});
  }
  if (without.size() > 1) command.insert(command.begin(), without.begin(), without.end());
  auto process =
      Process::start(command, Process::Stdout::pipe, {.group = Process::Group::own, .descriptor = options.socket});
  if (!process) return std::unexpected(process.error());
  std::unique_ptr<PrivateServer> server(new PrivateServer(std::move(*folder), data, std::move(*process)));
  std::string log;
  std::string line;
  const auto look = [&](std::string_view bytes) {
    if (log.size() < kLongestStartLog) log += bytes;
    for (const char c : bytes) {
      if (c != '\n') {
        line += c;
        continue;
      }
      if (const auto found = ready_port(line)) server->port_ = *found;
      line.clear();
    }
    return !server->port_.empty();
  };
  const bool ready = server->process_.read_stderr_until(look, kReadySeconds);
  if (interrupted()) return fail(Code::interrupted);
  if (!ready)
    return fail_with_fix(Error{Code::listen_failed, "faastad did not get ready\n" + messages(log)},
                         options.data.empty() ? "Choose another port with `--port`, or see above"
                                              : "Choose another port with `--port`, or see above. `--fresh` deletes " +
                                                    data.string() + ", if it is damaged");
  server->drain_ = std::jthread([&process = server->process_, &output] {
    process.pump([](std::string_view) {},
                 [&](std::string_view bytes) {
                   if (output.verbose()) Output::pass_on(bytes);
                 });
  });
  return server;
}

PrivateServer::~PrivateServer() {
  process_.stop(kStopSeconds);  // this also closes the pipes, which ends the thread
}

Result<std::string> PrivateServer::token() const {
  auto text = read_file(data_ / "owner.token", kLongestToken);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  return text;
}

}  // namespace faasta::cli

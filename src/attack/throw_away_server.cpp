#include "attack/throw_away_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/toml.hpp"
#include "identity/token.hpp"
#include "store/accounts.hpp"
#include "store/connections.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStart{60};
constexpr seconds kStop{40};
constexpr seconds kDeploy{120};
constexpr std::size_t kKeptLog = std::size_t{64} << 10U;

/// The settings of a host for strangers, with little memory. Nobody can sign in at this GitHub: `sign_in` makes the
/// accounts.
constexpr const char* kSettings = R"(
base_domain = "localhost"
default_function = "{function}"
[github]
client_id = "faastad-attack"
client_secret = "none"
url = "http://127.0.0.1:9"
api_url = "http://127.0.0.1:9"
[engine]
all_memory_mb = {all}
loaded_mb = {loaded}
[outbound]
reachable = ["127.0.0.1:{port}"]
)";

/// Returns a port of 127.0.0.1 that is free at the moment.
Result<std::uint16_t> free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
    return fail_errno(Code::attack_failed, "find a free port", errno);
  return ntohs(address.sin_port);
}

/// Takes the settings of `given` that may be replaced.
void replace(toml::table& table, const toml::table& given) {
  for (const char* const name : {"server", "limits", "engine"}) {
    const toml::table* const from = given[name].as_table();
    if (from == nullptr) continue;
    if (table[name].as_table() == nullptr) table.insert_or_assign(name, toml::table{});
    for (const auto& [key, value] : *from) table[name].as_table()->insert_or_assign(key, value);
  }
}

/// Waits for the end of a process. False if it still runs after `most`.
bool ended(pid_t pid, seconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ThrowAwayServer>> ThrowAwayServer::make(const std::filesystem::path& settings,
                                                               std::string_view more) {
  std::string folder = (std::filesystem::temp_directory_path() / "faastad-attack-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return fail_errno(Code::attack_failed, "make " + folder, errno);
  std::unique_ptr<ThrowAwayServer> out(new ThrowAwayServer(folder));
  RETURN_IF_ERROR(out->guard_folder());
  ASSIGN_OR_RETURN(out->port_, free_port());
  RETURN_IF_ERROR(out->write_settings(settings, more));
  RETURN_IF_ERROR(out->start());
  ASSIGN_OR_RETURN(auto connections, store::Connections::open_as_it_is({out->data()}));
  ASSIGN_OR_RETURN(out->accounts_, store::Accounts::open(connections));
  return out;
}

ThrowAwayServer::ThrowAwayServer(std::filesystem::path folder) : folder_(std::move(folder)) {}

ThrowAwayServer::~ThrowAwayServer() {
  accounts_.reset();
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (follower_.joinable()) follower_.join();
  if (guard_ > 0) {
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<> ThrowAwayServer::guard_folder() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(Code::attack_failed, "pipe", errno);
  const FileDescriptor read_end(ends[0]);
  alive_ = FileDescriptor(ends[1]);
  const std::string folder = folder_.string();
  const std::array<const char*, 5> remove{"rm", "-rf", "--", folder.c_str(), nullptr};
  guard_ = ::fork();
  if (guard_ < 0) return fail_errno(Code::attack_failed, "fork", errno);
  if (guard_ > 0) return {};
  // Only functions that are safe after a fork in a process with threads.
  ::setsid();  // so that Ctrl-C does not end it
  ::close(alive_.get());
  ::dup2(read_end.get(), STDIN_FILENO);
  ::close_range(3, ~0U, 0);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  ::execv("/bin/rm", const_cast<char* const*>(remove.data()));
  ::_exit(127);
}

Result<> ThrowAwayServer::write_settings(const std::filesystem::path& settings, std::string_view more) {
  const std::string usual =
      fmt::format(fmt::runtime(kSettings), fmt::arg("function", kDefaultFunction), fmt::arg("all", kAllMemory),
                  fmt::arg("loaded", kLoaded), fmt::arg("port", port_));
  toml::parse_result parsed = toml::parse(usual);
  toml::table& table = parsed.table();
  if (!settings.empty()) {
    const toml::parse_result given = toml::parse_file(settings.string());
    if (!given) return fail(Code::config_invalid, settings.string() + ": " + std::string(given.error().description()));
    replace(table, given.table());
  }
  replace(table, toml::parse(more).table());
  all_memory_ = table["engine"]["all_memory_mb"].value_or(std::uint64_t{kAllMemory});
  loaded_ = table["engine"]["loaded_mb"].value_or(std::uint64_t{kLoaded});
  std::ostringstream text;
  text << table << '\n';
  return replace_file(folder_ / "faastad.toml", text.str(), 0600, Durable::no);
}

Result<FileDescriptor> ThrowAwayServer::spawn() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(Code::attack_failed, "pipe", errno);
  FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string config = (folder_ / "faastad.toml").string();
  const std::string data_folder = data().string();
  const std::string listen = fmt::format("127.0.0.1:{}", port_);
  const std::array<const char*, 10> arguments{"faastad",           "--config", config.c_str(), "--data",
                                              data_folder.c_str(), "--listen", listen.c_str(), "--admin-listen",
                                              "127.0.0.1:0",       nullptr};
  const std::array<const char*, 1> environment{nullptr};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(Code::attack_failed, "fork", errno);
  if (pid == 0) {
    // Only functions that are safe after a fork in a process with threads. The server ends with this process.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // so that it can be ended together with its compiles
    if (::getppid() != parent) ::_exit(1);
    ::dup2(write_end.get(), STDERR_FILENO);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::fcntl(alive_.get(), F_SETFD, 0);  // the server keeps it
    ::execve(program.c_str(), const_cast<char* const*>(arguments.data()), const_cast<char* const*>(environment.data()));
    ::_exit(127);
  }
  pid_ = pid;
  return read_end;
}

Result<> ThrowAwayServer::start() {
  if (follower_.joinable()) follower_.join();
  {
    const std::scoped_lock lock(mutex_);
    log_.clear();
    ready_ = false;
  }
  ASSIGN_OR_RETURN(auto log, spawn());
  follower_ = std::jthread([this, log = std::move(log)]() mutable { follow(std::move(log)); });
  const auto until = std::chrono::steady_clock::now() + kStart;
  while (!ready()) {
    if (!runs()) return fail(Code::attack_failed, "the throw-away server ended at its start: " + last_words());
    if (std::chrono::steady_clock::now() > until)
      return fail(Code::attack_failed, "the throw-away server is not ready: " + last_words());
    std::this_thread::sleep_for(milliseconds(5));
  }
  return {};
}

void ThrowAwayServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  if (!ended(pid_, kStop)) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = 0;
}

bool ThrowAwayServer::runs() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = 0;
  return pid_ > 0;
}

bool ThrowAwayServer::ready() const {
  const std::scoped_lock lock(mutex_);
  return ready_;
}

std::string ThrowAwayServer::last_words() const {
  const std::scoped_lock lock(mutex_);
  return log_.substr(log_.size() - std::min<std::size_t>(log_.size(), 600));
}

void ThrowAwayServer::follow(FileDescriptor log) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(log.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const std::scoped_lock lock(mutex_);
    log_.append(buffer.data(), static_cast<std::size_t>(got));
    if (!ready_) ready_ = log_.contains("\"event\":\"ready\"");
    if (log_.size() > kKeptLog) log_.erase(0, log_.size() - kKeptLog / 2);
  }
}

Result<Person> ThrowAwayServer::sign_in(const std::string& login) {
  Person out{login, identity::new_token(), 0x6400U + ++people_};
  const store::NewToken token{sha256(out.token), "attack", "admin", {}};
  const auto bearer = accounts_->sign_in(1000 + people_, login, token, "attack");
  if (!bearer) return std::unexpected(bearer.error());
  return out;
}

std::string ThrowAwayServer::upload_request(const Person& person, const std::string& name, const std::string& component,
                                            const std::string& query) const {
  return fmt::format(
             "POST /v1/functions/{}/versions?allow_new=true&sha256={}{} HTTP/1.1\r\nhost: {}\r\n"
             "authorization: Bearer {}\r\ncontent-type: application/wasm\r\ncontent-length: {}\r\n\r\n",
             name, sha256(component).hex(), query, host("api"), person.token, component.size()) +
         component;
}

Result<Answer> ThrowAwayServer::upload(const Person& person, const std::string& name, const std::string& component,
                                       const std::string& query) {
  ASSIGN_OR_RETURN(auto wire, Wire::connect(port_, Client{person.client}, seconds(10)));
  return wire.exchange(upload_request(person, name, component, query), kDeploy, 2000);
}

Result<> ThrowAwayServer::deploy(const Person& person, const std::string& name, const std::string& component,
                                 const std::string& query) {
  ASSIGN_OR_RETURN(const auto answer, upload(person, name, component, query));
  if (answer.status != 201)
    return fail(Code::attack_failed, fmt::format("the deploy of '{}' got {}: {}", name, answer.status, answer.body));
  return {};
}

std::string ThrowAwayServer::own_origin() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::uint64_t ThrowAwayServer::memory() const {
  if (pid_ <= 0) return 0;
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10) << 10U;
  return 0;
}

}  // namespace faasta::attack

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/function_name.hpp"
#include "cli/process/process.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// A folder that the destructor removes.
class TemporaryFolder {
 public:
  [[nodiscard]] static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// The port of a private server, unless the user names another one.
constexpr int kDevPort = 3000;

/// A faastad process that only one `faasta run` or `faasta dev` uses.
class PrivateServer {
 public:
  struct Options {
    int port = 0;                        ///< on 127.0.0.1; 0: any free port
    std::string function;                ///< this function answers requests for every host
    std::vector<std::string> reachable;  ///< addresses of this machine, "ip:port", to which functions may send requests
    std::filesystem::path data;          ///< a data folder that is kept; empty: a temporary one
    int socket = -1;                     ///< a socket that listens at `port`; -1: the server opens one
  };
  /// Starts the server and waits until it is ready.
  [[nodiscard]] static Outcome<std::unique_ptr<PrivateServer>> start(const Options& options, Output& output);
  /// Fails with listen_failed if another program listens on the port.
  [[nodiscard]] static Outcome<> check_port(int port);
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;
  ~PrivateServer();

  /// The URL of the API: "http://api.localhost:3000".
  [[nodiscard]] std::string url() const { return "http://api.localhost:" + port_; }
  [[nodiscard]] Result<std::string> token() const;
  [[nodiscard]] bool running() { return process_.running(); }
  /// Has the server finish its requests and end; does not wait for the end.
  void begin_stop() const { process_.begin_stop(); }

 private:
  PrivateServer(TemporaryFolder folder, std::filesystem::path data, Process process)
      : folder_(std::move(folder)), data_(std::move(data)), process_(std::move(process)) {}
  TemporaryFolder folder_;
  std::filesystem::path data_;
  Process process_;
  std::string port_;
  std::jthread drain_;  ///< reads the server's output; otherwise a full pipe would block the server
};

/// Returns the path of the server program: the value of FAASTA_FAASTAD, or else `faastad` in this program's folder, or
/// else `faastad` on the PATH.
[[nodiscard]] std::filesystem::path find_faastad();
/// Returns the port in the line that the server prints when it is ready: {"event":"ready","listen":"127.0.0.1:3000"}.
[[nodiscard]] std::optional<std::string> ready_port(std::string_view line);

}  // namespace faasta::cli

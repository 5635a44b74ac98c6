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

/// A faastad that only one `faasta run` uses. Its data is in a temporary folder, which is removed at the end.
class PrivateServer {
 public:
  /// Starts the server on 127.0.0.1:`port` (0: any free port) and waits until it is ready. `function` answers at every
  /// host, and may reach the addresses `reachable` ("ip:port") although they belong to this machine.
  [[nodiscard]] static Outcome<std::unique_ptr<PrivateServer>> start(int port, const FunctionName& function,
                                                                     const std::vector<std::string>& reachable,
                                                                     Output& output);
  /// Fails with listen_failed if another program listens on the port.
  [[nodiscard]] static Outcome<> check_port(int port);
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;
  ~PrivateServer();

  /// The URL of the API: "http://api.localhost:3000".
  [[nodiscard]] std::string url() const { return "http://api.localhost:" + port_; }
  [[nodiscard]] Result<std::string> token() const;
  [[nodiscard]] bool running() { return process_.running(); }

 private:
  PrivateServer(TemporaryFolder folder, Process process) : folder_(std::move(folder)), process_(std::move(process)) {}
  TemporaryFolder folder_;
  Process process_;
  std::string port_;
  std::jthread drain_;  ///< reads the server's output; otherwise a full pipe would block the server
};

/// The path of FAASTA_FAASTAD, otherwise of `faastad` in this program's folder, otherwise of `faastad` on the PATH.
[[nodiscard]] std::filesystem::path find_faastad();
/// The port in the server's ready line: {"event":"ready","listen":"127.0.0.1:3000"}.
[[nodiscard]] std::optional<std::string> ready_port(std::string_view line);

}  // namespace faasta::cli

#pragma once
// A server takes the right to start programs from itself, and keeps a small process that may start a few programs.

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta {

/// A program that a ProcessStarter may start.
struct StartableProgram {
  std::string name;  ///< for ProcessStarter::start()
  std::filesystem::path path;
  /// The environment. Without a value, the program has the environment of the process that made the starter.
  std::optional<std::vector<std::string>> environment;
  /// Whether the program starts with the default action for each signal, and without blocked signals.
  bool default_signals = false;
  /// Whether these arguments are allowed. The starter asks, so that a server which has lost control of itself cannot
  /// choose the arguments freely.
  std::function<bool(std::span<const std::string> arguments)> allows;
};

/// A process that starts programs for this process. It has no threads of the server, and only the descriptors that it
/// needs, and it is not under the limits that the server enters later (Landlock, seccomp). A program that it starts is
/// a child of this process: waitpid(2) and kill(2) work as usual. It ends when this process ends.
class ProcessStarter {
 public:
  /// Makes the process by fork(2), so call this before there are other threads.
  [[nodiscard]] static Result<std::unique_ptr<ProcessStarter>> open(std::vector<StartableProgram> programs);
  ProcessStarter(const ProcessStarter&) = delete;
  ProcessStarter& operator=(const ProcessStarter&) = delete;
  ~ProcessStarter();

  /// Starts the program with this name. `arguments`: without the program's own name, and without NUL bytes. The program
  /// writes its standard output to `output`, and its standard error to the starter's. Its standard input is empty. The
  /// call takes about a millisecond. Any thread may call it.
  [[nodiscard]] Result<pid_t> start(std::string_view name, std::span<const std::string> arguments, int output) const;

 private:
  ProcessStarter(pid_t process, FileDescriptor socket, std::vector<std::string> names)
      : process_(process), socket_(std::move(socket)), names_(std::move(names)) {}

  pid_t process_;
  FileDescriptor socket_;
  std::vector<std::string> names_;
  mutable std::mutex mutex_;  ///< one question at a time
};

}  // namespace faasta

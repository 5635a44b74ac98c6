#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::cli {

/// A child process with pipes on its stdout and stderr. The child is killed when this object is destroyed, and when our
/// own process ends.
class Process {
 public:
  enum class Stdout { pipe, inherit };
  /// The process group: Ctrl-C on a terminal reaches the group of this process, and not a group of the child's own.
  enum class Group { ours, own };
  struct More {
    Group group = Group::ours;
    int descriptor = -1;  ///< the child's descriptor 3; -1: none
  };
  /// Runs `arguments[0]` as execvp does. Fails with tool_missing if the program does not exist.
  [[nodiscard]] static Result<Process> start(const std::vector<std::string>& arguments, Stdout out) {
    return start(arguments, out, More{});
  }
  [[nodiscard]] static Result<Process> start(const std::vector<std::string>& arguments, Stdout out, More more);

  Process(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process& operator=(Process&&) = delete;
  ~Process();

  using Take = std::function<void(std::string_view)>;
  enum class Until {
    closed,  ///< both pipes are closed
    ended,   ///< or the child has ended: programs that it has left in the background may keep the pipes open
  };
  /// Reads both pipes until the child closes them or an interrupt arrives.
  void pump(const Take& out, const Take& err) { pump(out, err, nullptr, Until::closed); }
  /// The same; calls `tick`, if there is one, once a second or more often. With Until::ended, no other thread may use
  /// this object meanwhile.
  void pump(const Take& out, const Take& err, const std::function<void()>& tick, Until until);
  /// Reads stderr until `done` returns true, or until the end of stderr, an interrupt or the timeout. Returns whether
  /// `done` returned true.
  [[nodiscard]] bool read_stderr_until(const std::function<bool(std::string_view)>& done, int timeout_seconds);
  /// Returns the pipe of stderr, for a thread that reads the remaining output.
  [[nodiscard]] FileDescriptor take_stderr() { return std::move(err_); }
  /// Waits until the child ends. Returns its exit status. If a signal killed the child, returns 128 plus the signal's
  /// number, as a shell does.
  [[nodiscard]] int wait();
  /// Sends SIGTERM, and does not wait.
  void begin_stop() const;
  /// Sends SIGTERM. If the child still runs after `grace_seconds`, sends SIGKILL.
  void stop(int grace_seconds);
  /// The same, and also ends the programs that it has started, and theirs: a shell that ends leaves them running.
  void stop_with_descendants(int grace_seconds);
  [[nodiscard]] bool running();

 private:
  Process(pid_t pid, FileDescriptor out, FileDescriptor err) : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}
  pid_t pid_;
  int status_ = 0;
  FileDescriptor out_;
  FileDescriptor err_;
};

/// Returns the path where execvp would find `program`, or an empty path.
[[nodiscard]] std::filesystem::path find_program(const std::string& program);
/// The same, with `path` instead of the variable PATH.
[[nodiscard]] std::filesystem::path find_program(const std::string& program, std::string_view path);

}  // namespace faasta::cli

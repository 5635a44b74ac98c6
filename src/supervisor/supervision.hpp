#pragma once
// The rules of the supervisor: when a server is started, told to stop, or given up. They use no clock and no system
// call, so that tests can force each order of events.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::supervisor {

using Time = std::chrono::steady_clock::time_point;

/// The rules call these functions to act on processes, systemd and the log.
class Actions {
 public:
  Actions() = default;
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  virtual ~Actions() = default;

  /// Starts a server. Returns its process, or nothing if the server could not be started. `takes_over`: another server
  /// serves until the new server is ready.
  [[nodiscard]] virtual std::optional<pid_t> start(bool takes_over) = 0;
  virtual void send(pid_t process, int signal) = 0;
  /// Sends these lines to systemd (sd_notify(3)).
  virtual void notify(std::string_view lines) = 0;
  virtual void log(std::string_view event, std::string_view detail, pid_t process) = 0;
};

/// A server is `starting` until it says that it is ready, then `serving`. After it was told to stop, it is `draining`.
/// At most one server is starting, and at most one is serving.
struct Server {
  enum class State : std::uint8_t { starting, serving, draining };
  pid_t process = 0;
  State state = State::starting;
  std::optional<Time> kill_at{};  ///< a draining server that has not ended by then is killed

  bool operator==(const Server&) const = default;
};

/// A starting server that sends no message for this time is killed.
inline constexpr std::chrono::seconds kStartTime{60};
/// A server that has not ended this time after it was told to stop is killed. Its drain takes at most 30 seconds.
inline constexpr std::chrono::seconds kDrainTime{45};
/// If there were more than kQuickCrashes crashes within kCrashWindow, the supervisor waits for kCrashPause before each
/// start.
inline constexpr std::size_t kQuickCrashes = 5;
inline constexpr std::chrono::seconds kCrashWindow{3};
inline constexpr std::chrono::seconds kCrashPause{1};

class Supervision {
 public:
  explicit Supervision(Actions& actions) : actions_(actions) {}
  /// Continues with the servers that this process started when it still ran the old program.
  Supervision(Actions& actions, std::vector<Server> servers, bool has_served, Time now);

  // Events.
  /// Starts a server, which takes over from the server that serves, if there is one. Call this when the supervisor
  /// begins, and after a change of the configuration or of the program. If a server is starting already, the next start
  /// comes after it.
  void replace(Time now);
  /// The server has sent a message. It has lines of sd_notify(3), for example "READY=1".
  void on_message(pid_t process, std::string_view lines, Time now);
  /// The process has ended. `how`: "exit 1", "signal 9".
  void on_exit(pid_t process, std::string_view how, Time now);
  /// stop() ends all servers; a second call kills them.
  void stop(Time now);
  /// Call this when wake_at() has passed.
  void on_time(Time now);

  /// When on_time() must be called next. Nothing if no time limit is running.
  [[nodiscard]] std::optional<Time> wake_at() const;
  /// Whether the supervisor may end: all servers have ended after stop(), or the first server did not start.
  [[nodiscard]] bool ended() const noexcept { return (stopping_ || failed_) && servers_.empty(); }
  /// Whether the first server did not start. Then the supervisor ends, so that the operator sees the failure at once.
  /// It does not try again.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const std::vector<Server>& servers() const noexcept { return servers_; }
  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
  [[nodiscard]] bool has_served() const noexcept { return has_served_; }

 private:
  [[nodiscard]] Server* find(Server::State state);
  [[nodiscard]] Server* find(pid_t process);
  void keep_alive();
  void start(Time now);
  void drain(Server& server, Time now);
  void restart(Time now);

  Actions& actions_;
  std::vector<Server> servers_;
  bool stopping_ = false;
  bool wanted_again_ = false;  ///< replace() was called while a server was starting
  bool has_served_ = false;    ///< whether a server was ready before
  bool failed_ = false;
  std::optional<Time> start_deadline_;  ///< for the message that the starting server must send next
  std::optional<Time> restart_at_;      ///< the time of the next start, after too many crashes
  std::vector<Time> crashes_;
};

}  // namespace faasta::supervisor

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

/// What the rules make happen.
class Actions {
 public:
  Actions() = default;
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  virtual ~Actions() = default;

  /// Starts a server; returns its process, or nothing if it could not be started.
  /// `takes_over`: another server serves until this one is ready.
  [[nodiscard]] virtual std::optional<pid_t> start(bool takes_over) = 0;
  virtual void send(pid_t process, int signal) = 0;
  /// Tells systemd: the lines of sd_notify(3).
  virtual void notify(std::string_view lines) = 0;
  virtual void log(std::string_view event, std::string_view detail, pid_t process) = 0;
};

/// A server that was started and not told to stop is `starting` until it says that it is ready, then `serving`. At most
/// one of each exists. Further ones are `draining`: they were told to stop.
struct Server {
  enum class State : std::uint8_t { starting, serving, draining };
  pid_t process = 0;
  State state = State::starting;
  std::optional<Time> kill_at{};  ///< draining: it is killed if it has not ended by then

  bool operator==(const Server&) const = default;
};

/// A server that says nothing for this time while it starts is killed.
inline constexpr std::chrono::seconds kStartTime{60};
/// A server that was told to stop and has not ended after this time is killed. Its drain takes at most 30 seconds.
inline constexpr std::chrono::seconds kDrainTime{45};
/// After so many crashes within this time, the supervisor waits before each further start.
inline constexpr std::size_t kQuickCrashes = 5;
inline constexpr std::chrono::seconds kCrashWindow{60};
inline constexpr std::chrono::seconds kCrashPause{1};

class Supervision {
 public:
  explicit Supervision(Actions& actions) : actions_(actions) {}
  /// Goes on with servers that this process started before it was replaced by a new program.
  Supervision(Actions& actions, std::vector<Server> servers, bool has_served, Time now);

  // Events.
  /// The supervisor begins, or a replacement is wanted: after a change of the configuration or of the program. A wish
  /// during a start is kept until that start has ended.
  void replace(Time now);
  /// The server has sent a message: lines such as "READY=1".
  void on_message(pid_t process, std::string_view lines, Time now);
  /// The process has ended. `how`: "exit 1", "signal 9".
  void on_exit(pid_t process, std::string_view how, Time now);
  /// stop() ends all servers; a second call kills them.
  void stop(Time now);
  /// Call this when wake_at() has passed.
  void on_time(Time now);

  /// When on_time() must be called, if there is such a time.
  [[nodiscard]] std::optional<Time> wake_at() const;
  /// Whether there is nothing left to do: after stop(), or because the first server did not start.
  [[nodiscard]] bool ended() const noexcept { return (stopping_ || failed_) && servers_.empty(); }
  /// The first server did not start: what is wrong with it must be seen now, and not be tried again and again.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const std::vector<Server>& servers() const noexcept { return servers_; }
  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
  [[nodiscard]] bool has_served() const noexcept { return has_served_; }

 private:
  [[nodiscard]] Server* find(Server::State state);
  [[nodiscard]] Server* find(pid_t process);
  void start(Time now);
  void drain(Server& server, Time now);
  void restart(Time now);

  Actions& actions_;
  std::vector<Server> servers_;
  bool stopping_ = false;
  bool wanted_again_ = false;  ///< a replacement was wanted during a start
  bool has_served_ = false;    ///< a server was ready
  bool failed_ = false;
  std::optional<Time> start_deadline_;  ///< of the server that starts
  std::optional<Time> restart_at_;      ///< after crashes
  std::vector<Time> crashes_;
};

}  // namespace faasta::supervisor

#include "supervisor/supervision.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace faasta::supervisor {
namespace {

/// Whether one of the lines is `line`.
bool has_line(std::string_view lines, std::string_view line) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (lines.substr(0, end) == line) return true;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return false;
}

}  // namespace

Supervision::Supervision(Actions& actions, std::vector<Server> servers, bool has_served, Time now)
    : actions_(actions), servers_(std::move(servers)), has_served_(has_served) {
  for (Server& server : servers_)
    if (server.state == Server::State::draining) server.kill_at = now + kDrainTime;
  if (find(Server::State::starting) != nullptr) start_deadline_ = now + kStartTime;
}

Server* Supervision::find(Server::State state) {
  const auto found = std::ranges::find(servers_, state, &Server::state);
  return found == servers_.end() ? nullptr : &*found;
}

Server* Supervision::find(pid_t process) {
  const auto found = std::ranges::find(servers_, process, &Server::process);
  return found == servers_.end() ? nullptr : &*found;
}

/// While no server serves, no server says that it is alive. systemd must not kill this process then: it holds the
/// sockets, and clients wait there.
void Supervision::keep_alive() {
  if (has_served_ && find(Server::State::serving) == nullptr) actions_.notify("WATCHDOG=1\n");
}

void Supervision::start(Time now) {
  restart_at_.reset();
  keep_alive();
  if (const auto process = actions_.start(find(Server::State::serving) != nullptr)) {
    servers_.push_back({*process, Server::State::starting, {}});
    start_deadline_ = now + kStartTime;
    actions_.log("server_started", "", *process);
    return;
  }
  actions_.log("server_not_started", "", 0);
  if (find(Server::State::serving) != nullptr) {
    actions_.notify("READY=1\nSTATUS=the last reload failed, see the log; the server before it goes on\n");
  } else if (has_served_) {
    restart_at_ = now + kCrashPause;
  } else {
    failed_ = true;
  }
}

void Supervision::replace(Time now) {
  if (stopping_) return;
  if (find(Server::State::starting) != nullptr) {
    wanted_again_ = true;
    return;
  }
  if (find(Server::State::serving) != nullptr) actions_.notify("RELOADING=1\n");
  start(now);
}

void Supervision::drain(Server& server, Time now) {
  server.state = Server::State::draining;
  server.kill_at = now + kDrainTime;
  actions_.send(server.process, SIGTERM);
}

void Supervision::on_message(pid_t process, std::string_view lines, Time now) {
  Server* const server = find(process);
  if (server == nullptr || stopping_) return;
  if (has_line(lines, "WATCHDOG=1") && server->state == Server::State::serving) actions_.notify("WATCHDOG=1\n");
  if (server->state == Server::State::serving && has_line(lines, "STOPPING=1")) {
    // The operator told this server alone to stop. It accepts no client any more, so another server must start.
    server->state = Server::State::draining;
    server->kill_at = now + kDrainTime;
    if (find(Server::State::starting) == nullptr) start(now);
    return;
  }
  if (server->state != Server::State::starting) return;
  start_deadline_ = now + kStartTime;  // a message shows that the start makes progress
  if (!has_served_) actions_.notify("EXTEND_TIMEOUT_USEC=90000000\n");
  if (!has_line(lines, "READY=1")) return keep_alive();
  start_deadline_.reset();
  if (Server* const before = find(Server::State::serving)) drain(*before, now);
  find(process)->state = Server::State::serving;
  actions_.log("server_serves", "", process);
  actions_.notify("READY=1\n");
  has_served_ = true;
  if (!std::exchange(wanted_again_, false)) return;
  replace(now);
}

void Supervision::restart(Time now) {
  std::erase_if(crashes_, [&](Time at) { return at <= now - kCrashWindow; });
  crashes_.push_back(now);
  if (crashes_.size() <= kQuickCrashes) return start(now);
  actions_.log("server_crashes", "it ended again and again; the next start waits", 0);
  restart_at_ = now + kCrashPause;
}

void Supervision::on_exit(pid_t process, std::string_view how, Time now) {
  const Server* const found = find(process);
  if (found == nullptr) return;
  const Server server = *found;
  std::erase_if(servers_, [process](const Server& one) { return one.process == process; });
  if (server.state == Server::State::draining || stopping_) {
    actions_.log("server_ended", how, process);
    return;
  }
  if (server.state == Server::State::starting) start_deadline_.reset();
  const bool serves = find(Server::State::serving) != nullptr;
  const bool starts = find(Server::State::starting) != nullptr;
  actions_.log(server.state == Server::State::starting ? "server_did_not_start" : "server_crashed", how, process);
  if (serves) {
    // A server that was to take over has failed. The server that serves goes on.
    actions_.notify("READY=1\nSTATUS=the last reload failed, see the log; the server before it goes on\n");
    if (std::exchange(wanted_again_, false)) replace(now);
    return;
  }
  wanted_again_ = false;
  if (!has_served_) {
    failed_ = true;
  } else if (!starts) {
    restart(now);
  }
}

void Supervision::stop(Time now) {
  const bool again = std::exchange(stopping_, true);
  restart_at_.reset();
  start_deadline_.reset();
  if (!again) actions_.notify("STOPPING=1\n");
  for (Server& server : servers_) {
    if (again) {
      actions_.send(server.process, SIGKILL);
    } else if (server.state != Server::State::draining) {
      drain(server, now);
    }
  }
}

void Supervision::on_time(Time now) {
  if (restart_at_ && *restart_at_ <= now) start(now);
  for (Server& server : servers_) {
    if (!server.kill_at || *server.kill_at > now) continue;
    server.kill_at.reset();
    actions_.log("server_does_not_end", "it is killed", server.process);
    actions_.send(server.process, SIGKILL);
  }
  if (start_deadline_ && *start_deadline_ <= now) {
    start_deadline_.reset();
    if (const Server* const server = find(Server::State::starting)) {
      actions_.log("server_start_too_slow", "it says nothing", server->process);
      actions_.send(server->process, SIGKILL);  // on_exit() handles the end of the process
    }
  }
}

std::optional<Time> Supervision::wake_at() const {
  std::optional<Time> out;
  const auto also = [&out](const std::optional<Time>& at) {
    if (at && (!out || *at < *out)) out = at;
  };
  also(restart_at_);
  also(start_deadline_);
  for (const Server& server : servers_) also(server.kill_at);
  return out;
}

}  // namespace faasta::supervisor

#include "cli/client/log_follower.hpp"

#include <algorithm>

#include "cli/client/sse_parser.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/log_entry.hpp"

namespace faasta::cli {
namespace {

constexpr int kFirstPauseMilliseconds = 250;
constexpr int kLongestPauseMilliseconds = 15'000;
constexpr int kIdleTimeoutSeconds = 60;  // the server sends a comment every 15 seconds

/// Whether a problem will end without an action of the user, because the server restarts or is overloaded.
bool passes(const Problem& problem) { return problem.status == 503 || problem.status == 429; }

}  // namespace

Outcome<bool> LogFollower::connect_once(const std::function<bool(const boost::json::object&)>& take,
                                        const std::function<bool()>& go_on) {
  ApiClient::Stream stream;
  // The field counts more than `tail` and `since`; the filters of the query go on.
  stream.path = path_ + query_;
  stream.headers.emplace_back("accept", "text/event-stream");
  if (!cursor_.empty()) stream.headers.emplace_back("last-event-id", cursor_);
  stream.idle_timeout_seconds = kIdleTimeoutSeconds;
  stream.go_on = go_on;
  SseParser parser;
  bool wanted = true;
  const auto on_event = [&](const SseEvent& event) {
    const auto entry = parse_object(event.data);
    if (!entry) return true;
    if (is_gap(*entry)) output_.note(render_gap(*entry));
    wanted = take(*entry);
    return wanted;
  };
  stream.opened = [&] {
    connected_before_ = true;
    pause_milliseconds_ = 0;
  };
  const auto done = api_.stream(stream, [&](std::string_view bytes) {
    const bool go_on = parser.feed(bytes, on_event);
    if (!parser.last_id().empty()) cursor_ = parser.last_id();
    return go_on;
  });
  if (!done) {
    if (connected_before_ && passes(done.error())) return true;
    return std::unexpected(done.error());
  }
  if (!done->has_value() && !connected_before_) return std::unexpected(to_problem(done->error()));
  return wanted;
}

Outcome<void> LogFollower::follow(const std::function<bool(const boost::json::object&)>& take,
                                  const std::function<bool()>& alive, const std::function<bool()>& go_on) {
  while (!interrupted()) {
    const auto again = connect_once(take, go_on);
    if (interrupted()) break;
    if (!again) return std::unexpected(again.error());
    if (!*again || !alive()) break;
    pause_milliseconds_ = std::clamp(pause_milliseconds_ * 2, kFirstPauseMilliseconds, kLongestPauseMilliseconds);
    output_.detail("the connection ended; connecting again");
    sleep_milliseconds(pause_milliseconds_);
  }
  return {};
}

}  // namespace faasta::cli

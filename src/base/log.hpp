#pragma once
// The server's log: JSON lines on stderr, written by one thread so that no request waits for the terminal or the disk.

#include <boost/json.hpp>
#include <string_view>

namespace faasta::log {

enum class Level : unsigned char { debug, info, warn, error };

/// Starts the thread that writes. Before start() and after stop(), each line is written by the thread that calls
/// write().
void start(Level least);
/// Writes the queued lines and ends the thread.
void stop() noexcept;

/// Queues one line: time, level and event, then `fields`. The values can contain text from clients or guests, but the
/// keys must not. When the queue is full, the line is dropped. The next line that fits states how many lines were
/// dropped.
void write(Level level, std::string_view event, boost::json::object fields = {}) noexcept;

inline void info(std::string_view event, boost::json::object fields = {}) {
  write(Level::info, event, std::move(fields));
}
inline void warn(std::string_view event, boost::json::object fields = {}) {
  write(Level::warn, event, std::move(fields));
}
inline void error(std::string_view event, boost::json::object fields = {}) {
  write(Level::error, event, std::move(fields));
}

/// Queues a line that is already JSON and ends with a newline, such as a line of the access log.
void write_line(std::string_view line) noexcept;

}  // namespace faasta::log

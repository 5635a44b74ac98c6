#pragma once
// The server's log: JSON lines on stderr, written by one thread so that no request waits for the terminal or the disk.

#include <boost/json.hpp>
#include <string_view>

namespace faasta::log {

enum class Level : unsigned char { debug, info, warn, error };

/// Starts the writer; the log is written directly until then, and again after `stop`.
void start(Level least);
/// Writes what is queued and stops the writer.
void stop() noexcept;

/// One line: time, level and event, then `fields`. Strings from strangers may be in the values, never in the keys.
/// Lines over the bound of the queue are dropped and counted in the next line that fits.
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

/// A line that is JSON already, with its newline (the access log).
void write_line(std::string_view line) noexcept;

}  // namespace faasta::log

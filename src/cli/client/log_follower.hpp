#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "cli/client/api_client.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Follows a function's log over server-sent events. After a broken connection it resumes at the place where it
/// stopped.
class LogFollower {
 public:
  /// `path`: the route. `query`: the query of the first connection, without `?`; may be empty.
  LogFollower(const ApiClient& api, std::string path, std::string query, Output& output)
      : api_(api), path_(std::move(path)), query_(std::move(query)), output_(output) {}

  /// Passes each entry to `take` until an interrupt, until `take` returns false, or until a permanent problem. It makes
  /// another connection only while `alive()` is true.
  [[nodiscard]] Outcome<void> follow(const std::function<bool(const boost::json::object&)>& take,
                                     const std::function<bool()>& alive);

 private:
  /// Makes one connection. True if another connection should follow.
  [[nodiscard]] Outcome<bool> connect_once(const std::function<bool(const boost::json::object&)>& take);
  const ApiClient& api_;
  std::string path_;
  std::string query_;
  Output& output_;
  std::string cursor_;
  bool connected_before_ = false;
  int pause_milliseconds_ = 0;
};

}  // namespace faasta::cli

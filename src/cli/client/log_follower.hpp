#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "cli/client/api_client.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Follows a function's log over server-sent events. After a broken connection, the follower continues after the last
/// entry that it received.
class LogFollower {
 public:
  /// `path`: the path of the log in the API. `query`: the query of the first connection, without `?`; can be empty.
  LogFollower(const ApiClient& api, std::string path, std::string query, Output& output)
      : api_(api), path_(std::move(path)), query_(std::move(query)), output_(output) {}

  /// Passes each entry to `take` until an interrupt, until `take` returns false, or until a permanent problem. Makes
  /// another connection only while `alive()` returns true. `go_on`: see HttpRequest; a connection can go on after an
  /// interrupt, to read the last entries.
  [[nodiscard]] Outcome<void> follow(const std::function<bool(const boost::json::object&)>& take,
                                     const std::function<bool()>& alive, const std::function<bool()>& go_on = {});

 private:
  /// Makes one connection and reads until it ends. True if the follower should connect again.
  [[nodiscard]] Outcome<bool> connect_once(const std::function<bool(const boost::json::object&)>& take,
                                           const std::function<bool()>& go_on);
  const ApiClient& api_;
  std::string path_;
  std::string query_;
  Output& output_;
  std::string cursor_;
  bool connected_before_ = false;
  int pause_milliseconds_ = 0;
};

}  // namespace faasta::cli

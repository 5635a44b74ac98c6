#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/query.hpp"
#include "base/error.hpp"
#include "base/glob.hpp"
#include "base/json.hpp"

namespace faasta::api {

/// Chooses entries of a function's log by the parameters of a query. An entry passes if it has all that the parameters
/// ask for. So `status` leaves the entries about calls alone, because lines of output have no status.
class LogFilter {
 public:
  /// The parameters, and those that may occur several times: an entry then needs one of the values.
  static constexpr std::string_view kParameters[] = {"status", "method", "path", "version", "request",
                                                     "text",   "kind",   "trap", "cold",    "slower_ms"};
  static constexpr std::string_view kRepeatable[] = {"status", "method", "kind"};

  LogFilter() = default;
  /// Fails with bad_request on a value that no entry can have.
  [[nodiscard]] static Result<LogFilter> parse(const Query& query);

  /// Whether all entries pass.
  [[nodiscard]] bool empty() const noexcept { return empty_; }
  /// `line`: an entry as the log has it, in JSON.
  [[nodiscard]] bool passes(std::string_view line) const;

 private:
  [[nodiscard]] bool passes_as_call(const json::object& entry) const;

  struct Statuses {
    std::int64_t least, most;
  };
  bool empty_ = true;
  std::vector<Statuses> statuses_;
  std::vector<std::string> methods_, kinds_;
  std::optional<Glob> path_;
  std::optional<std::string> request_, text_, trap_;
  std::optional<std::int64_t> version_, slower_ms_;
  std::optional<bool> cold_;
};

}  // namespace faasta::api

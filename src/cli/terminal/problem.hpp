#pragma once
// The failures that a user sees. The server's problem documents and the CLI's own errors have one form.

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "cli/terminal/paint.hpp"

namespace faasta::cli {

/// An RFC 9457 problem document. Unlike `Error`, a problem can have a code and advice of a newer server.
struct Problem {
  std::string id;  ///< "F0404"
  std::string title;
  std::string detail;
  std::string fix;
  std::string request_id;
  int status = 500;
  int retry_after = 0;  ///< the server asks to try again after this many seconds; 0: it named no time
  int exit_code = 1;
  bool silent = false;  ///< true if nothing is printed, because the user caused the problem by the answer to a question

  Problem() = default;
  Problem(const Error& error);  // NOLINT(google-explicit-constructor): so that a function can return `fail(...)`
};

template <class T = void>
using Outcome = std::expected<T, Problem>;

/// Returns `error` with the advice `fix` instead of the advice in docs/errors.md.
[[nodiscard]] std::unexpected<Problem> fail_with_fix(const Error& error, std::string fix);

/// Reads the server's problem document. The exit code comes from the error table in this program. It is 1 for an error
/// code that this program does not know.
[[nodiscard]] Problem problem_from_json(const boost::json::object& document, int status);
[[nodiscard]] boost::json::object to_json(const Problem& problem);
/// Replaces the word NAME in the advice by the name of the function.
void name_in_fix(Problem& problem, std::string_view function);

/// Returns a line `error[F0404]: TITLE`, the cause indented below this line, and a `fix:` line. Ends with a line feed.
[[nodiscard]] std::string render(const Problem& problem, Paint paint);

}  // namespace faasta::cli

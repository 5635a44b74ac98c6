#pragma once
// Failures as a user sees them: the server's problem documents and the CLI's own errors have the same form.

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "cli/terminal/paint.hpp"

namespace faasta::cli {

/// An RFC 9457 problem document. Unlike `Error`, it can have a code and advice of a newer server.
struct Problem {
  std::string id;  ///< "F0404"
  std::string title;
  std::string detail;
  std::string fix;
  std::string request_id;
  int status = 500;
  int retry_after = 0;  ///< seconds after which the server says to try again; 0: it did not say
  int exit_code = 1;
  bool silent = false;  ///< print nothing, because the user just caused it by answering a question

  Problem() = default;
  Problem(const Error& error);  // NOLINT(google-explicit-constructor): so that a function can return `fail(...)`
};

template <class T = void>
using Outcome = std::expected<T, Problem>;

/// `error` with the advice `fix` instead of the advice in docs/errors.md.
[[nodiscard]] std::unexpected<Problem> fail_with_fix(const Error& error, std::string fix);

/// Reads the server's problem document. The exit code comes from this program's own table; it is 1 for an unknown code.
[[nodiscard]] Problem problem_from_json(const boost::json::object& document, int status);
[[nodiscard]] boost::json::object to_json(const Problem& problem);
/// Replaces NAME by the function's name in advice about that function.
void name_in_fix(Problem& problem, std::string_view function);

/// Returns `error[F0404]: what happened`, the cause indented below it, and a `fix:` line. Ends with a line feed.
[[nodiscard]] std::string render(const Problem& problem, Paint paint);

}  // namespace faasta::cli

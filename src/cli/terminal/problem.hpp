#pragma once
// Failures as a person sees them: the server's problem documents and the CLI's own errors, in one shape.

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "cli/terminal/paint.hpp"

namespace faasta::cli {

/// An RFC 9457 problem document. Unlike `Error` it can hold the code of a newer server, and the server's own advice.
struct Problem {
  std::string id;  ///< "F0404"
  std::string title;
  std::string detail;
  std::string fix;
  std::string request_id;
  int status = 500;
  int exit_code = 1;
  bool silent = false;  ///< to the person, who caused it just now at a question: nothing is said of it

  Problem() = default;
  Problem(const Error& error);  // NOLINT(google-explicit-constructor): `fail(...)` is the way to return one
};

template <class T = void>
using Outcome = std::expected<T, Problem>;

/// `error` with `fix` in place of the advice that docs/errors.md gives.
[[nodiscard]] std::unexpected<Problem> fail_with_fix(const Error& error, std::string fix);

/// Reads the server's problem document; the exit code comes from our own table, or is 1 for a code it does not have.
[[nodiscard]] Problem problem_from_json(const boost::json::object& document, int status);
[[nodiscard]] boost::json::object to_json(const Problem& problem);
/// Puts the function's name for NAME into advice to look at that function.
void name_in_fix(Problem& problem, std::string_view function);

/// `error[F0404]: what happened`, the cause indented below it, and a `fix:` line. Ends in a line feed.
[[nodiscard]] std::string render(const Problem& problem, Paint paint);

}  // namespace faasta::cli

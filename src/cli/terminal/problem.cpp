#include "cli/terminal/problem.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/terminal/guest_stack.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {

Problem::Problem(const Error& error) : detail(error.detail) {
  const CodeInfo& known = info(error.code);
  id = known.id;
  title = known.title;
  fix = error.advice();
  status = known.status;
  exit_code = known.exit_code;
}

std::unexpected<Problem> fail_with_fix(const Error& error, std::string fix) {
  Problem problem(error);
  problem.fix = std::move(fix);
  return std::unexpected(std::move(problem));
}

Problem problem_from_json(const boost::json::object& document, int status) {
  Problem problem;
  problem.id = text_field(document, "code");
  problem.title = text_field(document, "title");
  problem.detail = text_field(document, "detail");
  if (problem.id == info(Code::deploy_not_answering).id) problem.detail = readable_failure(problem.detail);
  problem.fix = text_field(document, "fix");
  problem.request_id = text_field(document, "request_id");
  problem.status = status;
  if (const auto code = code_from_id(problem.id)) {
    const CodeInfo& known = info(*code);
    problem.exit_code = known.exit_code;
    if (problem.title.empty()) problem.title = known.title;
    if (problem.fix.empty()) problem.fix = known.fix;
  }
  return problem;
}

void name_in_fix(Problem& problem, std::string_view function) {
  constexpr std::string_view kPlaceholder = " NAME`";
  for (const std::string_view command : {"`faasta versions", "`faasta status", "`faasta logs"}) {
    const std::size_t at = problem.fix.find(std::string(command) + std::string(kPlaceholder));
    if (at != std::string::npos)
      problem.fix.replace(at + command.size(), kPlaceholder.size(), " " + std::string(function) + "`");
  }
}

boost::json::object to_json(const Problem& problem) {
  boost::json::object out;
  out["code"] = problem.id;
  out["title"] = problem.title;
  out["status"] = problem.status;
  out["detail"] = problem.detail;
  out["fix"] = problem.fix;
  if (!problem.request_id.empty()) out["request_id"] = problem.request_id;
  if (problem.retry_after > 0) out["retry_after"] = problem.retry_after;
  out["exit_code"] = problem.exit_code;
  return out;
}

std::string render(const Problem& problem, Paint paint) {
  std::string out =
      paint.error("error[" + printable_line(problem.id) + "]") + ": " + printable_line(problem.title) + "\n";
  std::string detail = printable(problem.detail);
  while (!detail.empty() && detail.back() == '\n') detail.pop_back();
  for (std::size_t from = 0; from < detail.size();) {
    const std::size_t end = std::min(detail.find('\n', from), detail.size());
    out += "  " + detail.substr(from, end - from) + "\n";
    from = end + 1;
  }
  if (!problem.request_id.empty()) out += "  request " + printable_line(problem.request_id) + "\n";
  if (problem.retry_after > 0) out += fmt::format("  try again in {} s\n", problem.retry_after);
  if (!problem.fix.empty()) out += paint.good("fix") + ": " + printable_line(problem.fix) + "\n";
  return out;
}

}  // namespace faasta::cli

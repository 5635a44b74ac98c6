#include "cli/process/git.hpp"

#include <algorithm>
#include <vector>

#include "cli/process/program.hpp"

namespace faasta::cli {

GitPlace git_place(const std::string& text) {
  const auto mark = text.find('#');
  if (mark == std::string::npos) return {text, {}, {}};
  const std::string rest = text.substr(mark + 1);
  const auto colon = rest.find(':');
  return {text.substr(0, mark), rest.substr(0, colon), colon == std::string::npos ? "" : rest.substr(colon + 1)};
}

std::string without_user(const std::string& url) {
  const auto host = url.find("://");
  if (host == std::string::npos) return url;
  const std::size_t from = host + 3;
  const std::size_t end = std::min(url.find('/', from), url.size());
  const auto at = url.rfind('@', end);
  return at == std::string::npos || at < from ? url : url.substr(0, from) + url.substr(at + 1);
}

bool is_inside_repository(const GitPlace& place) {
  return !std::filesystem::path(place.folder).is_absolute() && !place.folder.contains("..");
}

Outcome<> git_clone(const GitPlace& place, const std::filesystem::path& into) {
  std::vector<std::string> command = {"git", "clone", "--quiet", "--depth", "1"};
  if (!place.ref.empty()) command.insert(command.end(), {"--branch", place.ref});
  command.insert(command.end(), {"--", place.where, into.string()});
  auto ran = run_program(command, [](std::string_view) {});
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->status != 0) return fail(Code::io_error, "git cannot clone " + without_user(place.where));
  return {};
}

Outcome<std::string> git_commit(const std::filesystem::path& clone) {
  std::string out;
  auto ran =
      run_program({"git", "-C", clone.string(), "rev-parse", "HEAD"}, [&out](std::string_view text) { out += text; });
  if (!ran) return std::unexpected(std::move(ran.error()));
  while (!out.empty() && out.back() == '\n') out.pop_back();
  if (ran->status != 0 || out.empty()) return fail(Code::io_error, "git does not name the commit of the clone");
  return out;
}

}  // namespace faasta::cli

#include "cli/project/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "cli/project/private_folder.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

constexpr std::string_view kFile = "link.json";
constexpr std::uint64_t kLargest = 1U << 20U;

std::optional<Link> read_link(const boost::json::value& value) {
  const auto* const object = value.if_object();
  if (object == nullptr) return std::nullopt;
  return Link{text_field(*object, "server"), text_field(*object, "function"),
              integer_field(*object, "owner_id").value_or(0), text_field(*object, "owner")};
}

boost::json::object to_json(const Link& link) {
  return {{"server", link.server}, {"function", link.function}, {"owner_id", link.owner_id}, {"owner", link.owner}};
}

std::string shown(const Link& link) { return fmt::format("as {} on {}", link.owner, link.server); }

}  // namespace

Links Links::load(const std::filesystem::path& project) {
  Links out(project);
  const auto text = read_file((project.empty() ? "." : project) / kPrivateFolder / kFile, kLargest);
  const auto object = text ? parse_object(*text) : Result<boost::json::object>(boost::json::object());
  if (!object) return out;
  for (const auto& value : array_field(*object, "links"))
    if (auto link = read_link(value)) out.links_.push_back(std::move(*link));
  return out;
}

Outcome<> Links::check(const Link& link) const {
  std::string others;
  for (const Link& known : links_) {
    if (known.function != link.function) continue;
    if (known.same_place(link)) return {};
    others += (others.empty() ? "" : ", ") + shown(known);
  }
  if (others.empty()) return {};
  return fail_with_advice(Code::wrong_function,
                          fmt::format("{} was deployed {}; this deploy is {}", link.function, others, shown(link)),
                          "Name the server with `--server`, or sign in as the owner. If you mean this place: "
                          "`faasta deploy --relink`");
}

Result<> Links::add(const Link& link) {
  if (std::ranges::any_of(links_, [&](const Link& known) { return known.same_place(link); })) return {};
  links_.push_back(link);
  boost::json::array all;
  for (const Link& one : links_) all.push_back(to_json(one));
  ASSIGN_OR_RETURN(const auto folder, private_folder(project_));
  constexpr unsigned kMode = 0644;
  return replace_file(folder / kFile, to_text(boost::json::object{{"links", std::move(all)}}) + "\n", kMode,
                      Durable::no);
}

std::optional<Link> link_of(const ApiClient& api, const FunctionName& function) {
  const auto me = api.get("/v1/me");
  if (!me) return std::nullopt;
  const auto& owner = object_field(*me, "owner");
  return Link{api.server().str(), function.str(), integer_field(owner, "id").value_or(0), text_field(owner, "login")};
}

}  // namespace faasta::cli

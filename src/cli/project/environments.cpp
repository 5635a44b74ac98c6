#include "cli/project/environments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "cli/terminal/suggest.hpp"

namespace faasta::cli {
namespace {

/// Moves the content of `from` over `to`. A node that is moved keeps its place in the file; a copy would lose it.
void merge(toml::table& to, toml::table& from) {
  for (auto&& [key, value] : from) {
    toml::table* const there = to[key.str()].as_table();
    toml::table* const more = value.as_table();
    if (there != nullptr && more != nullptr) {
      merge(*there, *more);
      continue;
    }
    value.visit([&](auto& node) { to.insert_or_assign(key, std::move(node)); });
  }
}

std::unexpected<Error> no_such(const toml::table& file, std::string_view name) {
  const std::vector<std::string> names = environment_names(file);
  std::string detail = fmt::format("faasta.toml has no environment '{}'", printable_line(name));
  if (names.empty())
    return fail_with_advice(Code::project_invalid, detail + "; it has none",
                            "Leave out --env (FAASTA_ENV), or add a table `[environments.NAME]` to faasta.toml");
  const std::vector<std::string_view> known(names.begin(), names.end());
  if (const auto meant = suggest(name, known); !meant.empty())
    detail += "; did you mean `" + std::string(meant) + "`?";
  else
    detail += fmt::format("; it has {}", fmt::join(names, ", "));
  return fail_with_advice(Code::project_invalid, detail,
                          "Name an environment of the file with --env (FAASTA_ENV), or add its table to the file");
}

}  // namespace

std::vector<std::string> environment_names(const toml::table& file) {
  std::vector<std::string> out;
  if (const toml::table* const all = file[kEnvironments].as_table())
    for (const auto& [key, value] : *all) out.emplace_back(key.str());
  return out;
}

Result<> merge_environment(toml::table& file, std::string_view name) {
  if (name.empty()) {
    file.erase(kEnvironments);
    return {};
  }
  toml::table* const all = file[kEnvironments].as_table();
  toml::table* const chosen = all == nullptr ? nullptr : (*all)[name].as_table();
  if (chosen == nullptr) return no_such(file, name);
  toml::table environment = std::move(*chosen);
  file.erase(kEnvironments);
  const bool is_named = environment.contains("name");
  if (environment.contains(kEnvironments))
    return fail_with_advice(Code::project_invalid, fmt::format("`{}.{}` has environments itself", kEnvironments, name),
                            fmt::format("Take `{0}` out of `[{0}.{1}]`", kEnvironments, name));
  merge(file, environment);
  if (auto* const base = file["name"].as_string(); base != nullptr && !is_named)
    *base = base->get() + "-" + std::string(name);
  return {};
}

}  // namespace faasta::cli

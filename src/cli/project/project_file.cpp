#include "cli/project/project_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/toml.hpp"
#include "cli/client/server_url.hpp"
#include "cli/project/assets_table.hpp"
#include "cli/project/cron_tables.hpp"
#include "cli/project/environments.hpp"
#include "cli/project/file_place.hpp"
#include "cli/project/project_keys.hpp"
#include "cli/terminal/suggest.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;  // a project file has about a page of text

using Keys = std::span<const std::string_view>;

/// The names of the tables that contain lists, each once.
std::vector<std::string_view> list_tables() {
  std::vector<std::string_view> out;
  for (const ListSetting& list : kListSettings)
    if (std::ranges::find(out, list.table) == out.end()) out.push_back(list.table);
  return out;
}

std::vector<std::string_view> top_keys() {
  std::vector<std::string_view> out = project_keys("");
  for (const std::string_view table :
       {std::string_view("build"), std::string_view("assets"), std::string_view("limits"), std::string_view("env"),
        std::string_view("previews"), kCron, kEnvironments})
    out.push_back(table);
  for (const std::string_view table : list_tables()) out.push_back(table);
  return out;
}

std::unexpected<Error> invalid(const toml::source_region& where, const std::string& what) {
  return fail(Code::project_invalid, file_place(where) + what);
}

/// The name of a key within its table: "cpu_ms" of [limits] is "limits.cpu_ms".
std::string path_of(std::string_view table, std::string_view key) {
  return table.empty() ? std::string(key) : std::string(table) + "." + std::string(key);
}

Result<> check_keys(const toml::table& table, std::string_view name, Keys known) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    std::string what = "unknown key `" + path_of(name, printable_line(key.str())) + "`";
    if (const auto meant = suggest(key.str(), known); !meant.empty())
      what += "; did you mean `" + path_of(name, meant) + "`?";
    return invalid(key.source(), what);
  }
  return {};
}

/// The table `name`, checked for unknown keys; null if the file has none.
Result<const toml::table*> subtable(const toml::table& top, std::string_view name, Keys known) {
  const toml::node* node = top.get(name);
  if (node == nullptr) return nullptr;
  const toml::table* table = node->as_table();
  if (table == nullptr) return invalid(node->source(), fmt::format("`{}` must be a table: [{}]", name, name));
  if (const auto checked = check_keys(*table, name, known); !checked) return std::unexpected(checked.error());
  return table;
}

Result<std::optional<std::string>> text(const toml::table& table, std::string_view path, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::string>();
  if (!value) return invalid(node->source(), fmt::format("`{}` must be a text in quotes", path));
  if (value->empty()) return invalid(node->source(), fmt::format("`{}` is empty", path));
  return *value;
}

Result<std::optional<std::int64_t>> positive(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 1)
    return invalid(node->source(), fmt::format("`limits.{}` must be a whole number, 1 or more", key));
  return *value;
}

Result<> read_watch(const toml::table& build, Project& project) {
  const toml::node* const node = build.get("watch");
  if (node == nullptr) return {};
  const toml::array* const patterns = node->as_array();
  if (patterns == nullptr)
    return invalid(node->source(), "`build.watch` must be a list of patterns such as \"src/**\"");
  for (const toml::node& item : *patterns) {
    const auto pattern = item.value_exact<std::string>();
    if (!pattern || pattern->empty())
      return invalid(item.source(), "`build.watch` must hold patterns such as \"src/**\"");
    project.watch.push_back(*pattern);
  }
  return {};
}

/// Sets the build of the language that the file names.
Result<> read_language(const toml::table& build, Project& project) {
  ASSIGN_OR_RETURN(const auto name, text(build, "build.language", "language"));
  if (!name) return {};
  const Language* const language = find_language(*name);
  if (language == nullptr)
    return invalid(build.get("language")->source(), "`build.language`: " + no_such_language(*name));
  project.recipe = language;
  project.build_command = language->command;
  if (!language->artifact.empty()) project.artifact = language->artifact;
  return {};
}

Result<> read_build(const toml::table& top, Project& project) {
  const auto table = subtable(top, "build", project_keys("build"));
  if (!table) return std::unexpected(table.error());
  if (*table == nullptr) return {};
  RETURN_IF_ERROR(read_language(**table, project));
  auto command = text(**table, "build.command", "command");
  if (!command) return std::unexpected(command.error());
  if (*command) {
    project.build_command = std::move(**command);
    project.recipe = nullptr;
  }
  auto artifact = text(**table, "build.artifact", "artifact");
  if (!artifact) return std::unexpected(artifact.error());
  if (*artifact) project.artifact = std::move(*artifact);
  return read_watch(**table, project);
}

/// Reads [assets].
Result<> read_assets_table(const toml::table& top, Project& project) {
  std::vector<std::string_view> keys = project_keys("assets");
  keys.push_back(kAssetHeaders);
  ASSIGN_OR_RETURN(const auto* const table, subtable(top, "assets", keys));
  if (table == nullptr) return {};
  auto assets = assets_of(*table);
  if (!assets) return invalid(assets.error().where, assets.error().what);
  project.assets = *std::move(assets);
  return {};
}

Result<> read_server(const toml::table& top, Project& project) {
  ASSIGN_OR_RETURN(project.server, text(top, "server", "server"));
  if (!project.server) return {};
  if (const auto url = ServerUrl::parse(*project.server); !url)
    return invalid(top.get("server")->source(), "`server`: " + url.error().detail);
  return {};
}

Result<> read_limits(const toml::table& top, Project& project) {
  std::vector<std::string_view> keys;
  for (const LimitSetting& limit : kLimitSettings) keys.push_back(limit.key);
  ASSIGN_OR_RETURN(const auto* const table, subtable(top, "limits", keys));
  if (table == nullptr) return {};
  for (std::size_t i = 0; i < kLimitSettings.size(); ++i) {
    const std::string_view key = kLimitSettings[i].key;
    ASSIGN_OR_RETURN(const auto value, positive(*table, key));
    if (value) project.limits[i] = Project::Limit{*value, file_place(table->get(key)->source())};
  }
  return {};
}

Result<> read_list(const toml::node& node, const ListSetting& list, Project& project) {
  const std::string path = path_of(list.table, list.key);
  const toml::array* const items = node.as_array();
  if (items == nullptr)
    return invalid(node.source(),
                   fmt::format("`{}` must be a list of {} such as \"{}\"", path, list.items, list.example));
  auto& texts = project.settings.*list.texts;
  for (const toml::node& item : *items) {
    const auto text = item.value_exact<std::string>();
    if (!text)
      return invalid(item.source(), fmt::format("`{}` must hold {} such as \"{}\"", path, list.items, list.example));
    if (const auto checked = list.check(*text); !checked)
      return invalid(item.source(), fmt::format("`{}`: {}", path, checked.error().detail));
    texts.push_back(*text);
  }
  if (texts.size() > list.most)
    return invalid(node.source(),
                   fmt::format("`{}` has {} {}; {} are allowed", path, texts.size(), list.items, list.most));
  return {};
}

Result<> read_lists(const toml::table& top, Project& project) {
  for (const std::string_view name : list_tables()) {
    std::vector<std::string_view> keys;
    for (const ListSetting& list : kListSettings)
      if (list.table == name) keys.push_back(list.key);
    ASSIGN_OR_RETURN(const auto* const table, subtable(top, name, keys));
    for (const ListSetting& list : kListSettings) {
      const toml::node* const node = table == nullptr || list.table != name ? nullptr : table->get(list.key);
      if (node != nullptr) RETURN_IF_ERROR(read_list(*node, list, project));
    }
  }
  return {};
}

Result<> read_variables(const toml::table& top, Project& project) {
  const toml::node* const node = top.get("env");
  if (node == nullptr) return {};
  const toml::table* const table = node->as_table();
  if (table == nullptr) return invalid(node->source(), "`env` must be a table: [env]");
  for (const auto& [key, value] : *table) {
    const auto text = value.value_exact<std::string>();
    if (!text)
      return invalid(value.source(), fmt::format("`env.{}` must be a text in quotes", printable_line(key.str())));
    for (const auto& checked : {check_variable_name(key.str()), check_value(key.str(), *text)})
      if (!checked) return invalid(key.source(), "`env`: " + checked.error().detail);
    project.settings.env.emplace(key.str(), *text);
  }
  if (const auto checked = check_environment(project.settings); !checked)
    return invalid(node->source(), checked.error().detail);
  return {};
}

Result<> read_previews(const toml::table& top, Project& project) {
  ASSIGN_OR_RETURN(const auto* const table, subtable(top, "previews", project_keys("previews")));
  if (table == nullptr) return {};
  ASSIGN_OR_RETURN(const auto access, text(*table, "previews.access", "access"));
  if (!access) return {};
  if (*access != kPublicPreviews && *access != kPrivatePreviews)
    return invalid(table->get("access")->source(),
                   fmt::format("`previews.access` must be \"{}\" or \"{}\"", kPublicPreviews, kPrivatePreviews));
  project.settings.private_previews = *access == kPrivatePreviews;
  return {};
}

Result<> read_cron_jobs(const toml::table& top, Project& project) {
  ASSIGN_OR_RETURN(project.settings.cron, read_cron(top));
  return {};
}

Result<> check_environments(const toml::table& top) {
  const toml::node* const node = top.get(kEnvironments);
  if (node == nullptr) return {};
  const toml::table* const table = node->as_table();
  if (table == nullptr)
    return invalid(node->source(), fmt::format("`{}` must have a table for each environment", kEnvironments));
  for (const auto& [key, value] : *table)
    if (!value.is_table())
      return invalid(value.source(), fmt::format("`{}.{}` must be a table", kEnvironments, printable_line(key.str())));
  return {};
}

bool is_ours(const std::filesystem::path& file) {
  struct stat found{};
  return ::stat(file.c_str(), &found) == 0 && (found.st_uid == ::geteuid() || found.st_uid == 0);
}

Result<FunctionName> read_name(const toml::table& top) {
  const auto name = text(top, "name", "name");
  if (!name) return std::unexpected(name.error());
  if (!*name)
    return fail_with_advice(Code::project_invalid, fmt::format("{}: `name` is missing", kProjectFile),
                            "Add a line such as `name = \"hello\"` at the top of the file");
  auto parsed = FunctionName::parse(**name);
  if (!parsed)  // keeps the error's own code, which describes valid names
    return fail(parsed.error().code, file_place(top.get("name")->source()) + parsed.error().detail);
  return parsed;
}

}  // namespace

namespace {

/// Reads the file with one environment merged into it.
Result<Project> read_project(toml::table& top, std::string_view environment) {
  if (const auto checked = check_keys(top, "", top_keys()); !checked) return std::unexpected(checked.error());
  RETURN_IF_ERROR(merge_environment(top, environment));
  if (const auto checked = check_keys(top, "", top_keys()); !checked) return std::unexpected(checked.error());
  auto name = read_name(top);
  if (!name) return std::unexpected(name.error());
  Project project(std::move(*name));
  project.environment = environment;
  for (const auto read : {read_server, read_build, read_assets_table, read_limits, read_lists, read_variables,
                          read_previews, read_cron_jobs})
    if (const auto done = read(top, project); !done) return std::unexpected(done.error());
  return project;
}

}  // namespace

Result<Project> parse_project(std::string_view content, std::string_view environment) {
  const toml::parse_result first = toml::parse(content);
  if (!first) return invalid(first.error().source(), std::string(first.error().description()));
  // All environments are read, so that a mistake in one of them is found before somebody deploys it.
  RETURN_IF_ERROR(check_environments(first.table()));
  for (const std::string& other : environment_names(first.table())) {
    if (other == environment) continue;
    toml::parse_result again = toml::parse(content);
    if (const auto checked = read_project(again.table(), other); !checked) {
      Error error = checked.error();
      error.detail += fmt::format(" (environment `{}`)", printable_line(other));
      return std::unexpected(std::move(error));
    }
  }
  toml::parse_result parsed = toml::parse(content);
  return read_project(parsed.table(), environment);
}

Result<Project> load_project(const std::filesystem::path& folder, std::string_view environment) {
  const std::filesystem::path path = folder / kProjectFile;
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(Code::no_project, "looked in " + std::filesystem::absolute(folder, error).lexically_normal().string());
  const auto content = read_file(path, kLargestFile);
  if (!content) return std::unexpected(content.error());
  auto project = parse_project(*content, environment);
  if (project) {
    if (folder != ".") project->folder = folder;
  } else if (std::string& detail = project.error().detail; folder != "." && detail.starts_with(kProjectFile)) {
    detail.replace(0, kProjectFile.size(), path.string());
  }
  return project;
}

Result<Project> find_project(std::string_view environment) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error) return fail_errno(Code::io_error, "the current folder", error.value());
  std::filesystem::path up;
  for (std::filesystem::path at = here;; at = at.parent_path(), up /= "..") {
    if (std::filesystem::exists(at / kProjectFile, error)) {
      if (up.empty()) return load_project(".", environment);
      if (is_ours(at / kProjectFile)) return load_project(up, environment);
      return fail(Code::no_project, (up / kProjectFile).string() + " belongs to another user; `-C DIR` takes it");
    }
    if (at == at.root_path()) break;
  }
  return fail(Code::no_project, "looked in " + here.string() + " and the folders above");
}

}  // namespace faasta::cli

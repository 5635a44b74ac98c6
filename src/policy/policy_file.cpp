#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "base/toml.hpp"
#include "policy/policy.hpp"

namespace faasta::policy {
namespace {

constexpr std::uint64_t kLargestFile = 4U << 20U;
constexpr std::size_t kLongestText = 500;

using Keys = std::initializer_list<std::string_view>;

/// Reads the tables of one file. Every error names the position in the file.
class PolicyReader {
 public:
  explicit PolicyReader(std::string_view file) : file_(file) {}

  Result<Policy> read(const toml::table& top) {
    if (auto known = only(top, {"imports", "dependencies"}, ""); !known) return std::unexpected(known.error());
    Policy policy;
    if (auto done = section(top, "imports", [&](const toml::table& t) { return imports(t, policy); }); !done)
      return std::unexpected(done.error());
    if (auto done = section(top, "dependencies", [&](const toml::table& t) { return dependencies(t, policy); }); !done)
      return std::unexpected(done.error());
    return policy;
  }

  [[nodiscard]] std::unexpected<Error> invalid(const toml::source_region& at, const std::string& what) const {
    return fail(Code::config_invalid, fmt::format("{}:{}:{}: {}", file_, at.begin.line, at.begin.column, what));
  }

 private:
  Result<> only(const toml::table& table, Keys known, const std::string& prefix) const {
    for (const auto& [key, node] : table)
      if (std::ranges::find(known, key.str()) == known.end())
        return invalid(key.source(), fmt::format("there is no setting '{}{}'", prefix, key.str()));
    return {};
  }

  template <class Read>
  Result<> section(const toml::table& top, std::string_view name, Read read) const {
    const toml::node* node = top.get(name);
    if (node == nullptr) return {};
    if (!node->is_table()) return invalid(node->source(), fmt::format("'{}' must be a table: [{}]", name, name));
    return read(*node->as_table());
  }

  [[nodiscard]] Result<std::string> text(const toml::node& node, std::string_view name) const {
    const auto value = node.value_exact<std::string>();
    const bool good = value && value->size() <= kLongestText && std::ranges::all_of(*value, [](char c) {
                        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
                      });
    if (!good) return invalid(node.source(), fmt::format("'{}' must be a text in quotes, on one line", name));
    return *value;
  }

  /// Reads the texts of a list. `check` returns a description of the mistake in a text, or an empty text if the text is
  /// valid.
  template <class Check>
  Result<std::vector<std::string>> texts(const toml::node& node, std::string_view name, Check check) const {
    const toml::array* list = node.as_array();
    if (list == nullptr) return invalid(node.source(), fmt::format("'{}' must be a list of texts", name));
    std::vector<std::string> out;
    for (const toml::node& item : *list) {
      auto value = text(item, name);
      if (!value) return std::unexpected(value.error());
      if (const std::string wrong = check(*value); !wrong.empty()) return invalid(item.source(), wrong);
      out.push_back(std::move(*value));
    }
    return out;
  }

  Result<> imports(const toml::table& table, Policy& policy) const {
    if (auto known = only(table, {"allow", "deny"}, "imports."); !known) return known;
    const auto offered = [](const std::string& pattern) -> std::string {
      const auto all = offered_interfaces();
      const bool any =
          std::ranges::any_of(all, [&](std::string_view interface) { return is_interface(pattern, interface); });
      return any ? ""
                 : fmt::format("'{}' is no interface that the engine has, such as wasi:cli/exit or wasi:cli/*",
                               pattern);
    };
    if (const toml::node* node = table.get("allow")) {
      auto allow = texts(*node, "imports.allow", offered);
      if (!allow) return std::unexpected(allow.error());
      policy.allowed_imports = std::move(*allow);
    }
    if (const toml::node* node = table.get("deny")) {
      auto deny = texts(*node, "imports.deny", offered);
      if (!deny) return std::unexpected(deny.error());
      policy.denied_imports = std::move(*deny);
    }
    return {};
  }

  Result<> dependencies(const toml::table& table, Policy& policy) const {
    if (auto known = only(table,
                          {"sources", "allow", "deny", "require_embedded_list", "build_scripts", "proc_macros",
                           "allow_build_scripts", "allow_proc_macros"},
                          "dependencies.");
        !known)
      return known;
    if (const toml::node* node = table.get("sources")) {
      auto sources = texts(*node, "dependencies.sources", [](const std::string& source) -> std::string {
        const SourceKind kind = source_kind(source);
        if (kind != SourceKind::other && kind != SourceKind::local) return "";
        return fmt::format(
            "'{}' is none of registry, crates.io, git, path, vendored, local-registry, nor the URL of a "
            "registry (sparse+https://...) or repository (git+https://...)",
            source);
      });
      if (!sources) return std::unexpected(sources.error());
      policy.sources = std::move(*sources);
    }
    for (const auto& [key, field] : {std::pair("allow", &Policy::allow), std::pair("deny", &Policy::deny)}) {
      const toml::node* node = table.get(key);
      if (node == nullptr) continue;
      auto list = rules(*node, std::string("dependencies.") + key);
      if (!list) return std::unexpected(list.error());
      policy.*field = std::move(*list);
    }
    if (const toml::node* node = table.get("require_embedded_list")) {
      const auto value = node->value_exact<bool>();
      if (!value) return invalid(node->source(), "'dependencies.require_embedded_list' must be true or false");
      policy.require_embedded_list = *value;
    }
    if (auto done = build_code(table, "build_scripts", "allow_build_scripts", policy.build_scripts); !done) return done;
    return build_code(table, "proc_macros", "allow_proc_macros", policy.proc_macros);
  }

  Result<> build_code(const toml::table& table, std::string_view key, std::string_view list, BuildCode& out) const {
    if (const toml::node* node = table.get(key)) {
      const auto value = node->value_exact<std::string>();
      if (!value || (*value != "report" && *value != "deny"))
        return invalid(node->source(), fmt::format("'dependencies.{}' must be \"report\" or \"deny\"", key));
      out.deny = *value == "deny";
    }
    const toml::node* node = table.get(list);
    if (node == nullptr) return {};
    if (!out.deny)
      return invalid(node->source(), fmt::format("'dependencies.{}' says nothing unless {} = \"deny\"", list, key));
    auto names = texts(*node, fmt::format("dependencies.{}", list), wrong_name);
    if (!names) return std::unexpected(names.error());
    out.allowed = std::move(*names);
    return {};
  }

  static std::string wrong_name(const std::string& name) {
    const bool good = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    return good ? "" : fmt::format("'{}' is not the name of a package", name);
  }

  [[nodiscard]] Result<std::vector<PackageRule>> rules(const toml::node& node, const std::string& name) const {
    const toml::array* list = node.as_array();
    if (list == nullptr)
      return invalid(node.source(), fmt::format("'{}' must be a list of {{ name, version, reason }}", name));
    std::vector<PackageRule> out;
    for (const toml::node& item : *list) {
      auto entry = rule(item, name);
      if (!entry) return std::unexpected(entry.error());
      out.push_back(std::move(*entry));
    }
    return out;
  }

  /// Reads a rule: `"name"`, or a table with a name and an optional version and reason.
  [[nodiscard]] Result<PackageRule> rule(const toml::node& node, const std::string& name) const {
    PackageRule out;
    const toml::table* table = node.as_table();
    const toml::node* name_node = &node;
    if (table != nullptr) {
      if (auto known = only(*table, {"name", "version", "reason"}, name + "."); !known)
        return std::unexpected(known.error());
      name_node = table->get("name");
      if (name_node == nullptr) return invalid(node.source(), fmt::format("an entry of '{}' has no name", name));
      if (const toml::node* reason = table->get("reason")) {
        auto value = text(*reason, name + ".reason");
        if (!value) return std::unexpected(value.error());
        out.reason = std::move(*value);
      }
    }
    auto value = text(*name_node, name + ".name");
    if (!value) return std::unexpected(value.error());
    if (const std::string wrong = wrong_name(*value); !wrong.empty()) return invalid(name_node->source(), wrong);
    out.name = std::move(*value);
    const toml::node* version = table == nullptr ? nullptr : table->get("version");
    if (version == nullptr) return out;
    auto range = text(*version, name + ".version");
    if (!range) return std::unexpected(range.error());
    auto requirement = VersionRequirement::parse(*range);
    if (!requirement) return invalid(version->source(), requirement.error().detail);
    out.version = std::move(*range);
    out.requirement = std::move(*requirement);
    return out;
  }

  std::string_view file_;
};

}  // namespace

Result<Policy> parse_policy(std::string_view text, std::string_view file) {
  PolicyReader reader(file);
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return reader.invalid(parsed.error().source(), std::string(parsed.error().description()));
  return reader.read(parsed.table());
}

Result<Policy> load_policy(const std::filesystem::path& file) {
  const auto text = read_file(file, kLargestFile);
  if (!text) return fail(Code::config_invalid, "the policy: " + text.error().detail);
  return parse_policy(*text, file.string());
}

}  // namespace faasta::policy

#pragma once
// The operator's rules for the imports and dependencies of functions: the file policy.toml, and the JSON of `GET
// /v1/policy`.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "policy/dependency_list.hpp"
#include "policy/version_requirement.hpp"

namespace faasta::policy {

/// Matches packages by name. If the rule has a version, also matches by version.
struct PackageRule {
  std::string name;
  std::string version;  ///< as written in the file; empty: every version
  VersionRequirement requirement;
  std::string reason;
};

/// The rule for packages that run code during the build of the component.
struct BuildCode {
  bool deny = false;
  std::vector<std::string> allowed;  ///< names of packages that may still run code
};

/// The rules for functions. The default accepts an ordinary Rust function with dependencies from registries.
struct Policy {
  /// The interfaces that a component may import, such as "wasi:sockets/tcp" or "wasi:sockets/*". If this is not set,
  /// all interfaces that the engine offers are allowed.
  std::optional<std::vector<std::string>> allowed_imports;
  std::vector<std::string> denied_imports;

  std::vector<std::string> sources = {"registry"};
  std::vector<PackageRule> allow;  ///< empty: every package is allowed
  std::vector<PackageRule> deny;
  bool require_embedded_list = false;
  BuildCode build_scripts;
  BuildCode proc_macros;
};

/// Parses policy.toml. Fails with config_invalid and "FILE:LINE:COLUMN: MISTAKE". An unknown key is an error.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string_view file);
[[nodiscard]] Result<Policy> load_policy(const std::filesystem::path& file);

[[nodiscard]] json::object to_json(const Policy& policy);
/// Reads the JSON of to_json(). An unknown field is an error: it comes from a newer server, and may forbid something.
[[nodiscard]] Result<Policy> policy_from_json(const json::object& object);

/// Whether `pattern` ("wasi:cli/*", "wasi:cli/exit") matches the interface `import`, in any version.
[[nodiscard]] bool is_interface(std::string_view pattern, std::string_view import);
/// Returns the interfaces that the engine offers to components.
[[nodiscard]] std::span<const std::string_view> offered_interfaces();
/// Returns the imports that the policy refuses.
[[nodiscard]] std::vector<std::string> refused_imports(const Policy& policy, const std::vector<std::string>& imports);

/// Facts about a package. Only the machine that builds the package knows them.
struct PackageFacts {
  bool build_script = false;
  bool proc_macro = false;
  bool without_checksum = false;
  std::string remark;  ///< a remark about the package's origin: "renamed to `x`", "patched"; usually empty
};

/// A package that the policy refuses.
struct Violation {
  std::string package;  ///< "name 1.2.3 (source)"
  std::string why;
  std::string chain;  ///< the path from a root to the package: "hello 0.1.0 -> a 1.0.0 -> b 2.0.0"
  std::string fix;
};
/// Returns all violations in `list`. `facts`: one element for each package of `list`, or no element.
[[nodiscard]] std::vector<Violation> evaluate(const Policy& policy, const DependencyList& list,
                                              const std::vector<PackageFacts>& facts = {});
/// Describes a violation in two or three lines.
[[nodiscard]] std::string describe(const Violation& violation);

}  // namespace faasta::policy

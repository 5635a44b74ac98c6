#pragma once
// What an operator lets functions be made of: the file policy.toml, and the JSON of `GET /v1/policy`.

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

/// Packages by name, and by version if one is given.
struct PackageRule {
  std::string name;
  std::string version;  ///< as it was written; empty: every version
  VersionRequirement requirement;
  std::string reason;
};

/// What is done about packages that run code while the component is built.
struct BuildCode {
  bool deny = false;
  std::vector<std::string> allowed;  ///< names that may, all the same
};

/// The default lets through an ordinary Rust function whose dependencies are from registries.
struct Policy {
  /// "wasi:sockets/tcp" or "wasi:sockets/*". Nothing: all that the engine offers.
  std::optional<std::vector<std::string>> allowed_imports;
  std::vector<std::string> denied_imports;

  std::vector<std::string> sources = {"registry"};
  std::vector<PackageRule> allow;  ///< empty: all
  std::vector<PackageRule> deny;
  bool require_embedded_list = false;
  BuildCode build_scripts;
  BuildCode proc_macros;
};

/// Parses policy.toml. Fails with config_invalid and "FILE:LINE:COLUMN: what is wrong"; a key that is not known is
/// wrong.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string_view file);
[[nodiscard]] Result<Policy> load_policy(const std::filesystem::path& file);

[[nodiscard]] json::object to_json(const Policy& policy);
/// What to_json gave. Unknown fields are a newer server's: an error, since they may forbid something.
[[nodiscard]] Result<Policy> policy_from_json(const json::object& object);

/// Whether `pattern` ("wasi:cli/*", "wasi:cli/exit") means the interface `import`, of whatever version.
[[nodiscard]] bool is_interface(std::string_view pattern, std::string_view import);
/// The interfaces that the engine has for components.
[[nodiscard]] std::span<const std::string_view> offered_interfaces();
/// Those of `imports` that the policy refuses.
[[nodiscard]] std::vector<std::string> refused_imports(const Policy& policy, const std::vector<std::string>& imports);

/// What only the machine that builds knows of a package.
struct PackageFacts {
  bool build_script = false;
  bool proc_macro = false;
  bool without_checksum = false;
  std::string remark;  ///< how it came here, if that is worth saying: "renamed to `x`", "patched"
};

/// A package that the policy refuses.
struct Violation {
  std::string package;  ///< "name 1.2.3 (source)"
  std::string why;
  std::string chain;  ///< from a root to the package: "hello 0.1.0 -> a 1.0.0 -> b 2.0.0"
  std::string fix;
};
/// Every violation of the list. `facts`: one for each package, or none at all.
[[nodiscard]] std::vector<Violation> evaluate(const Policy& policy, const DependencyList& list,
                                              const std::vector<PackageFacts>& facts = {});
/// A violation as one text of two or three lines.
[[nodiscard]] std::string describe(const Violation& violation);

}  // namespace faasta::policy

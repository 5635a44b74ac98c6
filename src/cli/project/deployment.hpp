#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "cli/client/api_client.hpp"
#include "cli/project/builder.hpp"
#include "cli/project/project_check.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// The values that a deploy sends in addition to the component.
struct Deployment {
  explicit Deployment(FunctionName function) : name(std::move(function)) {}

  FunctionName name;
  std::optional<Project>
      project;  ///< has the limits and outbound origins to send; empty if --component is used without a project
  std::string message;
  std::string source;    ///< where the code comes from; empty: unknown
  std::string alias;     ///< an alias that the version gets; empty: none
  bool activate = true;  ///< whether the version becomes live
  bool verify = true;
  bool allow_new = false;
};

/// The function that the command line names, and its component file.
struct DeploySource {
  Deployment deployment;
  CheckedFile file;
};
/// What the command line says of the function and its component.
struct WantedSource {
  std::string component;      ///< the component file; empty: build it
  std::string name;           ///< empty: the name in faasta.toml
  std::string fallback_name;  ///< the name if there is neither a name nor a project
  std::string environment;    ///< the environment of faasta.toml; empty: none
};
/// Finds the function and its component file. `check` runs before the build. `choose`: see run_build().
[[nodiscard]] Outcome<DeploySource> find_source(const WantedSource& wanted, const CheckProject& check,
                                                const ChoosePolicy& choose, Output& output);

/// Returns the path and query of the upload.
[[nodiscard]] std::string upload_path(const Deployment& deployment, const Sha256& sha256);
/// Returns the settings that the upload sends with the component.
[[nodiscard]] boost::json::object settings_json(const Deployment& deployment);
/// Uploads the static files of the project that the server does not have, then the component. Waits for the server's
/// answer.
[[nodiscard]] Outcome<boost::json::object> upload_deployment(const ApiClient& api, DeploySource& source,
                                                             Output& output);

}  // namespace faasta::cli

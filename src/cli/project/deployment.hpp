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
  std::optional<Project> project;  ///< gives the limits and outbound origins to send; nothing for a bare --component
  std::string message;
  bool verify = true;
  bool allow_new = false;
};

/// The function for the command line, and its component file: `component`, or the result of a build if `component` is
/// empty. `check` runs before the build. `choose`: see run_build().
struct DeploySource {
  Deployment deployment;
  CheckedFile file;
};
[[nodiscard]] Outcome<DeploySource> find_source(const std::string& component, const std::string& name,
                                                const std::string& fallback_name, const CheckProject& check,
                                                const ChoosePolicy& choose, Output& output);

/// The path and query of the upload.
[[nodiscard]] std::string upload_path(const Deployment& deployment, const Sha256& sha256);
/// Uploads the file and waits for the server's answer.
[[nodiscard]] Outcome<boost::json::object> upload_component(const ApiClient& api, const DeploySource& source,
                                                            Output& output);

}  // namespace faasta::cli

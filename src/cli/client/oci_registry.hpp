#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// A component in a registry: "[oci://]HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]".
struct OciReference {
  std::string host;    ///< with its port
  std::string name;    ///< "acme/shop"
  std::string tag;     ///< "latest", if the text names none
  std::string digest;  ///< "sha256:..."; empty: the tag decides

  [[nodiscard]] static Result<OciReference> parse(std::string_view text);
};

/// A component that was fetched.
struct OciComponent {
  std::string bytes;
  std::string source;  ///< "oci://HOST/NAME@sha256:DIGEST" of its manifest
};

/// Fetches the component: its manifest, then its one layer, and checks both digests. `user_and_password`:
/// "USER:PASSWORD" for the registry; empty: those of ~/.docker/config.json, if there are any. Registries other than on
/// this machine are asked by https alone.
[[nodiscard]] Outcome<OciComponent> fetch_component(const OciReference& reference, std::string user_and_password);

}  // namespace faasta::cli

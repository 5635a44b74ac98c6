#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/sha256.hpp"
#include "store/artifacts.hpp"

namespace faasta::server {

/// The language runtimes in a folder of the operator. A runtime is a component that was made with the tools of a
/// language, for example from a template. The functions of the language have the same code (engine/src/split). So if
/// the server has compiled the runtime before, the first deploy of such a function is as fast as the later ones. One
/// thread at a time may use it.
class Runtimes {
 public:
  /// `folder`: empty, or a folder that may be missing.
  Runtimes(std::filesystem::path folder, store::Artifacts& artifacts)
      : folder_(std::move(folder)), artifacts_(artifacts) {}

  /// Reads the files *.wasm of the folder. Copies them to the artifacts, and keeps them and their compiled code from
  /// being deleted as long as this object exists. Call this before Artifacts::collect_all(). Returns the
  /// components without compiled code, in the order of the file names. A file that cannot be used is logged.
  [[nodiscard]] std::vector<Sha256> find();

 private:
  [[nodiscard]] Result<Sha256> keep(const std::filesystem::path& file);

  std::filesystem::path folder_;
  store::Artifacts& artifacts_;
  bool told_ = false;  ///< whether the log says that the folder is missing
  std::map<Sha256, std::unique_ptr<store::Artifacts::Pin>> pins_;
};

}  // namespace faasta::server

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/sha256.hpp"
#include "compile/report.hpp"
#include "http/task.hpp"
#include "store/artifacts.hpp"

namespace faasta::deploy {

/// Makes and places the compiled code of the component `sha256`, whose bytes are in a file. compile::prepare, but in
/// tests. Blocks.
using Compile =
    std::function<Result<compile::Report>(const Sha256& sha256, const std::filesystem::path&, const CallLimits&)>;

/// The files of one component, from its first byte until a version uses them. In this order: write() each part of it,
/// finish(), compile(). From compile() on nobody else deletes the files, although no version uses them yet.
///
/// Its destructor deletes what no version uses then. So a deploy that fails leaves nothing, whatever it failed at, and
/// a deploy that succeeded keeps its files because its version is in the catalog. Every member blocks, and so does the
/// destructor: StagedArtifactPtr sees to it that the destructor runs on a pool.
class StagedArtifact {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StagedArtifact>> create(store::Artifacts& artifacts,
                                                                      store::Catalog& catalog);
  StagedArtifact(const StagedArtifact&) = delete;
  StagedArtifact& operator=(const StagedArtifact&) = delete;
  ~StagedArtifact();

  [[nodiscard]] Result<> write(std::string_view bytes);
  /// All bytes were written: takes their digest.
  void finish() { sha256_ = hash_.finish(); }
  [[nodiscard]] const Sha256& sha256() const noexcept { return sha256_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Compiles the component, then gives it its place beside its compiled code.
  [[nodiscard]] Result<compile::Report> compile(const Compile& compile, const CallLimits& limits);

 private:
  StagedArtifact(store::Artifacts& artifacts, store::Catalog& catalog, store::TemporaryFile file)
      : artifacts_(artifacts), catalog_(catalog), file_(std::move(file)) {}

  store::Artifacts& artifacts_;
  store::Catalog& catalog_;
  store::TemporaryFile file_;  ///< the component, until it has its place
  Sha256Stream hash_;
  Sha256 sha256_;
  std::uint64_t size_ = 0;
  std::optional<store::Artifacts::Pin> pin_;  ///< from compile() on
};

/// Destroys a StagedArtifact on a pool, whoever lets go of it.
struct ReleaseOnPool {
  asio::thread_pool* pool;

  void operator()(StagedArtifact* staged) const {
    asio::post(*pool, [owned = std::unique_ptr<StagedArtifact>(staged)] {});
  }
};
using StagedArtifactPtr = std::unique_ptr<StagedArtifact, ReleaseOnPool>;

/// Destroys it on its pool, and returns when that is done.
[[nodiscard]] Task<> release(StagedArtifactPtr staged);

}  // namespace faasta::deploy

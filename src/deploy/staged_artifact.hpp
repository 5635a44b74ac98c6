#pragma once

#include <chrono>
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

/// Compiles the component `sha256` from a file with its bytes, and stores the compiled code. Adds the CPU time of the
/// compile to `used`. In the server, this is compile::prepare(). Blocks.
using Compile = std::function<Result<compile::Report>(const Sha256& sha256, const std::filesystem::path&,
                                                      const CallLimits&, std::chrono::microseconds& used)>;

/// Owns the files of one component, from the first uploaded byte until a version uses the files. Call write() for each
/// part, then finish(), then compile(). After compile() has begun, the artifact is pinned: no other code deletes the
/// files, although no version uses them yet.
///
/// The destructor deletes the files that no version uses. So a failed deploy leaves no file. A successful deploy keeps
/// the files, because the new version in the catalog uses them. Every member function blocks, and so does the
/// destructor; StagedArtifactPtr runs the destructor on a pool.
class StagedArtifact {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StagedArtifact>> create(store::Artifacts& artifacts,
                                                                      store::Catalog& catalog);
  StagedArtifact(const StagedArtifact&) = delete;
  StagedArtifact& operator=(const StagedArtifact&) = delete;
  ~StagedArtifact();

  [[nodiscard]] Result<> write(std::string_view bytes);
  /// Computes the digest. Call this after the last write().
  void finish() { sha256_ = hash_.finish(); }
  [[nodiscard]] const Sha256& sha256() const noexcept { return sha256_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Compiles the component, then moves it to its final folder. Adds the CPU time of the compile to `used`.
  [[nodiscard]] Result<compile::Report> compile(const Compile& compile, const CallLimits& limits,
                                                std::chrono::microseconds& used);

 private:
  StagedArtifact(store::Artifacts& artifacts, store::Catalog& catalog, store::TemporaryFile file)
      : artifacts_(artifacts), catalog_(catalog), file_(std::move(file)) {}

  store::Artifacts& artifacts_;
  store::Catalog& catalog_;
  store::TemporaryFile file_;  ///< the component, until compile() moves it
  Sha256Stream hash_;
  Sha256 sha256_;
  std::uint64_t size_ = 0;
  std::optional<store::Artifacts::Pin> pin_;  ///< set when compile() begins
};

/// Destroys a StagedArtifact on a pool instead of the thread that drops the pointer.
struct ReleaseOnPool {
  asio::thread_pool* pool;

  void operator()(StagedArtifact* staged) const {
    asio::post(*pool, [owned = std::unique_ptr<StagedArtifact>(staged)] {});
  }
};
using StagedArtifactPtr = std::unique_ptr<StagedArtifact, ReleaseOnPool>;

/// Destroys `staged` on the pool of its deleter, and returns afterwards.
[[nodiscard]] Task<> release(StagedArtifactPtr staged);

}  // namespace faasta::deploy

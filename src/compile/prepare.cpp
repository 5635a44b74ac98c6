#include "compile/prepare.hpp"

#include <optional>
#include <system_error>

namespace faasta::compile {
namespace {

namespace fs = std::filesystem;

/// The engine never splits a component with less data than this (engine/src/split/mod.rs). So the server does not try
/// to split smaller files.
constexpr std::uintmax_t kSplitBytes = 256U << 10U;
constexpr std::size_t kCodeBytes = 64U << 20U;

Result<Report> compile_whole(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                             const fs::path& component, const CallLimits& limits, CpuTime& used) {
  auto code = artifacts.temporary();
  if (!code) return std::unexpected(code.error());
  auto report = compiler.compile(component, code->path(), {engine::FileKind::code, sha256}, limits, used);
  if (!report) return report;
  if (auto placed = code->move_to(artifacts.compiled(sha256)); !placed) return std::unexpected(placed.error());
  return report;
}

/// Compiles a split component's code into the folder of shared code, if the compiled code is not there yet. If another
/// thread compiles this code now, waits for that thread.
Result<std::uint64_t> compile_shared(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& digest,
                                     const fs::path& code, const fs::path& image, const CallLimits& limits,
                                     CpuTime& used) {
  const store::Artifacts::Making making(artifacts, digest);
  std::error_code missing;
  if (const std::uint64_t size = fs::file_size(artifacts.shared(digest), missing); !missing) return size;
  auto compiled = artifacts.temporary();
  if (!compiled) return std::unexpected(compiled.error());
  const auto report =
      compiler.compile(code, compiled->path(), {engine::FileKind::shared_code, digest}, limits, used, image);
  if (!report) return std::unexpected(report.error());
  if (auto placed = compiled->move_to(artifacts.shared(digest)); !placed) return std::unexpected(placed.error());
  return report->compiled_size;
}

/// Returns nothing if the component must be compiled as a whole. Compiling an invalid component then gives the right
/// error.
std::optional<Report> prepare_split(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                                    const fs::path& component, const CallLimits& limits, CpuTime& used) {
  auto code = artifacts.temporary();
  auto image = artifacts.temporary();
  if (!code || !image) return std::nullopt;
  auto report = compiler.split(component, sha256, code->path(), image->path(), used);
  if (!report || !report->split) return std::nullopt;
  // The digest is computed from exactly the bytes that the compiler reads. So two functions share code only if
  // compiling each of them would give equal code.
  const auto bytes = read_file(code->path(), kCodeBytes);
  if (!bytes) return std::nullopt;
  const Sha256 digest = faasta::sha256(*bytes);
  const store::Artifacts::Pin pin(artifacts, digest);
  const auto size = compile_shared(compiler, artifacts, digest, code->path(), image->path(), limits, used);
  if (!size || !compiler.seal_image(image->path(), sha256) || !artifacts.place_shared(sha256, digest, *image))
    return std::nullopt;
  report->compiled_size = *size;
  return *report;
}

}  // namespace

Result<Report> prepare(const Compiler& compiler, store::Artifacts& artifacts, const Sha256& sha256,
                       const fs::path& component, const CallLimits& limits, CpuTime& used) {
  std::error_code unreadable;
  if (fs::file_size(component, unreadable) >= kSplitBytes && !unreadable) {
    if (auto report = prepare_split(compiler, artifacts, sha256, component, limits, used)) return *report;
  }
  return compile_whole(compiler, artifacts, sha256, component, limits, used);
}

}  // namespace faasta::compile

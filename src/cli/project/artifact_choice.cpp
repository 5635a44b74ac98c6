#include "cli/project/artifact_choice.hpp"

#include <algorithm>
#include <system_error>

#include "base/file.hpp"
#include "component/component_reader.hpp"

namespace faasta::cli {
namespace {

using Files = std::vector<const LinkedFile*>;

std::string as_crate(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string listed(const Files& files) {
  std::string out;
  for (const LinkedFile* file : files) out += "\n" + file->path;
  return out;
}

template <class Predicate>
Files only(const Files& files, Predicate wanted) {
  Files out;
  std::ranges::copy_if(files, std::back_inserter(out), [&](const LinkedFile* file) { return wanted(*file); });
  return out;
}

/// Whether both paths lead to one file, or to files with equal bytes. The bytes are compared because cargo's
/// --artifact-dir makes copies.
bool is_same(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  if (std::filesystem::equivalent(a, b, error)) return true;
  const auto size = std::filesystem::file_size(a, error);
  if (error || size != std::filesystem::file_size(b, error) || error) return false;
  const auto first = read_file(a, component::kLargestFile);
  const auto second = read_file(b, component::kLargestFile);
  return first && second && *first == *second;
}

Outcome<std::filesystem::path> check_artifact(const std::string& artifact, const Files& files) {
  std::error_code error;
  if (std::ranges::any_of(files, [&](const LinkedFile* file) { return is_same(artifact, file->path); }))
    return artifact;
  const std::string state = std::filesystem::exists(artifact, error) ? "an older file" : "not there";
  return fail_with_fix(
      Error{Code::build_no_artifact,
            "`[build] artifact` is " + state + ": " + artifact + "\ncargo wrote:" + listed(files)},
      "Leave `artifact` out of `[build]`, or set it to the file that cargo writes (CARGO_TARGET_DIR moves it)");
}

}  // namespace

Outcome<std::filesystem::path> choose_artifact(const Project& project, const std::vector<LinkedFile>& linked,
                                               const std::filesystem::path& root_manifest,
                                               const std::function<bool(const std::filesystem::path&)>& has_handler) {
  Files files;
  for (const LinkedFile& file : linked) files.push_back(&file);
  if (files.empty())
    return fail_with_fix(
        Error{Code::build_no_artifact, "cargo named no .wasm file of a program, cdylib or example"},
        "Build a program (`src/main.rs`), or a library with `[lib] crate-type = [\"cdylib\"]`, for wasm32-wasip2");
  if (project.artifact) return check_artifact(*project.artifact, files);
  const std::string name = as_crate(project.name.str());
  if (Files named = only(files, [&](const LinkedFile& file) { return as_crate(file.target) == name; }); !named.empty())
    files = std::move(named);
  if (files.size() == 1) return files.front()->path;
  const Files handlers = only(files, [&](const LinkedFile& file) { return has_handler(file.path); });
  if (handlers.size() == 1) return handlers.front()->path;
  if (!handlers.empty()) files = handlers;
  const Files own = only(files, [&](const LinkedFile& file) { return file.manifest == root_manifest; });
  if (own.size() == 1) return own.front()->path;
  return fail_with_fix(
      Error{Code::build_no_artifact, "cargo made several files, and none alone is called like `" + project.name.str() +
                                         "` or exports the handler:" + listed(files)},
      "Set `[build] artifact` to one of them, or build one with `-p PACKAGE` or `--bin NAME`");
}

}  // namespace faasta::cli

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// Finds the artifact of a build among the JSON messages that cargo writes to stdout, one a line.
class CargoMessages {
 public:
  /// `root_manifest`: the absolute path of the project's Cargo.toml; `name`: what the artifact is probably called.
  CargoMessages(std::string root_manifest, std::string name)
      : root_manifest_(std::move(root_manifest)), name_(std::move(name)) {}

  void feed(std::string_view bytes);
  /// The .wasm file of the last program or cdylib of the root package; of any other package if the root has none.
  [[nodiscard]] std::optional<std::string> artifact() const;
  /// The packages that it compiled, or had compiled before: by id, their manifests.
  [[nodiscard]] const std::map<std::string, std::string>& compiled() const noexcept { return compiled_; }
  /// Lines that are not messages, such as what a build script of `[build] command` prints.
  [[nodiscard]] const std::vector<std::string>& other_lines() const noexcept { return other_lines_; }

 private:
  void take_line(std::string_view line);
  std::string root_manifest_;
  std::string name_;
  std::string line_;
  std::optional<std::string> named_;  ///< from the root package, and called as the function
  std::optional<std::string> root_;
  std::optional<std::string> any_;
  std::map<std::string, std::string> compiled_;
  std::vector<std::string> other_lines_;
};

/// Whether cargo's stderr says that the standard library of the target is missing (E0463).
[[nodiscard]] bool says_target_missing(std::string_view stderr_text);
/// The words of a command line as `sh` splits it (blanks, quotes, backslashes), or nothing if it needs a real shell.
[[nodiscard]] std::optional<std::vector<std::string>> shell_words(std::string_view command);
/// Whether `words` run `cargo build`.
[[nodiscard]] bool is_cargo_build(const std::vector<std::string>& words);

}  // namespace faasta::cli

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// A .wasm file that cargo linked, from a program, a cdylib or an example.
struct LinkedFile {
  std::string path;
  std::string target;    ///< the name of the program or library in the manifest: "my-fn", or "my_fn"
  std::string manifest;  ///< the absolute path of the package's Cargo.toml
};

/// Reads the JSON messages that cargo writes to stdout, one per line.
class CargoMessages {
 public:
  void feed(std::string_view bytes);
  /// Returns the .wasm files in cargo's messages, from all packages, without duplicates and in cargo's order.
  [[nodiscard]] const std::vector<LinkedFile>& linked() const noexcept { return linked_; }
  /// Returns the ids and manifests of the packages that cargo compiled in this build or in an earlier build.
  [[nodiscard]] const std::map<std::string, std::string>& compiled() const noexcept { return compiled_; }
  /// Returns the lines that are not messages, such as the output of a script in `[build] command`.
  [[nodiscard]] const std::vector<std::string>& other_lines() const noexcept { return other_lines_; }

 private:
  void take_line(std::string_view line);
  std::string line_;
  std::vector<LinkedFile> linked_;
  std::map<std::string, std::string> compiled_;
  std::vector<std::string> other_lines_;
};

/// Whether cargo's stderr reports that the standard library of the target is missing (E0463).
[[nodiscard]] bool says_target_missing(std::string_view stderr_text);
/// Splits a command line into words as `sh` does (blanks, quotes, backslashes). Returns nothing if only a shell can run
/// the command.
[[nodiscard]] std::optional<std::vector<std::string>> shell_words(std::string_view command);
/// Whether `words` run `cargo build`.
[[nodiscard]] bool is_cargo_build(const std::vector<std::string>& words);

}  // namespace faasta::cli

#pragma once
// The languages that `faasta` knows: how each is built, and the programs that its builds need.

#include <span>
#include <string>
#include <string_view>

namespace faasta::cli {

/// The build of a Rust package, which is also the build of a project without [build].
inline constexpr std::string_view kCargoBuild = "cargo build --release --target wasm32-wasip2";

/// A program that a build needs.
struct Tool {
  std::string_view program;
  std::string_view least;    ///< the lowest version that works
  std::string_view ask;      ///< the argument with which the program prints its version
  std::string_view install;  ///< a line to type in the project's folder, which installs the program
};

/// A language. `faasta new --lang` has a template for each.
struct Language {
  std::string_view name;      ///< "ts"
  std::string_view title;     ///< "TypeScript"
  std::string_view command;   ///< the build, as a command for `sh`; its programs are searched by search_path()
  std::string_view artifact;  ///< the component that the command makes; empty: cargo says which file it made
  std::span<const Tool> tools;
  std::span<const std::string_view> sources;  ///< files and folders that the command reads
  bool rust_target;                           ///< whether builds also need Rust's standard library for wasm32-wasip2
};

/// Returns all languages. The first is the default.
[[nodiscard]] std::span<const Language> languages();
/// Returns the language with this name, or null.
[[nodiscard]] const Language* find_language(std::string_view name);
/// Returns the reason for a user that there is no language with this name: the language that was meant, or all names.
[[nodiscard]] std::string no_such_language(std::string_view name);

}  // namespace faasta::cli

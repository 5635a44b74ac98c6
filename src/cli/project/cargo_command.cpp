#include "cli/project/cargo_command.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace faasta::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array kGraphFlags = {"--all-features"sv, "--no-default-features"sv, "--locked"sv, "--offline"sv,
                                    "--frozen"sv};
constexpr std::array kGraphValues = {"--features"sv, "--manifest-path"sv, "--config"sv, "--lockfile-path"sv};

/// Reads one option with its value: "--features x", "--features=x", "-F x", "-Fx".
class OptionReader {
 public:
  OptionReader(const std::vector<std::string>& words, std::size_t& at) : words_(words), at_(at), word_(words[at]) {}

  /// Whether the word is this option. If so, value() returns its value.
  bool is(std::string_view name) {
    const bool is_short = name.size() == 2;
    if (word_ == name) {
      value_ = at_ + 1 < words_.size() ? words_[++at_] : std::string();
      return true;
    }
    if (!word_.starts_with(name)) return false;
    if (is_short) {
      value_ = word_.substr(word_[2] == '=' ? 3 : 2);
      return true;
    }
    if (word_[name.size()] != '=') return false;
    value_ = word_.substr(name.size() + 1);
    return true;
  }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  const std::vector<std::string>& words_;
  std::size_t& at_;
  const std::string& word_;
  std::string value_;
};

void read_option(OptionReader option, const std::string& word, CargoCommand& out) {
  if (std::ranges::find(kGraphFlags, word) != kGraphFlags.end()) return out.graph_options.push_back(word);
  if (word == "--workspace" || word == "--all") {
    out.whole_workspace = true;
    return;
  }
  const auto pass = [&](std::string_view name) {
    out.graph_options.emplace_back(name);
    out.graph_options.push_back(option.value());
  };
  for (const std::string_view name : kGraphValues) {
    if (!option.is(name)) continue;
    if (name == "--lockfile-path") out.lock_file = option.value();
    if (name == "--manifest-path") out.manifest = option.value();
    return pass(name);
  }
  if (option.is("-F")) return pass("--features");
  if (option.is("-Z")) return pass("-Z");
  if (option.is("--target")) return out.targets.push_back(option.value());
  if (option.is("--package") || option.is("-p")) return out.packages.push_back(option.value());
}

}  // namespace

CargoCommand read_cargo_build(const std::vector<std::string>& words) {
  CargoCommand out;
  for (std::size_t at = 2; at < words.size(); ++at) {
    if (words[at] == "--") break;
    const std::string& word = words[at];
    read_option(OptionReader(words, at), word, out);
  }
  const char* target = std::getenv("CARGO_BUILD_TARGET");
  if (out.targets.empty()) out.targets.emplace_back(target != nullptr && *target != '\0' ? target : "wasm32-wasip2");
  return out;
}

}  // namespace faasta::cli

#include "cli/project/cargo_messages.hpp"

#include <algorithm>
#include <utility>

#include "base/printable.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLongestLine = 16U << 20U;  // a message lists every file of a crate
constexpr std::size_t kMostOtherLines = 1000;

/// Returns the .wasm file of a `compiler-artifact` message of a program, a cdylib or an example.
std::optional<std::string> wasm_file(const boost::json::object& message) {
  const auto& kinds = array_field(object_field(message, "target"), "kind");
  const bool linked = std::ranges::any_of(kinds, [](const boost::json::value& kind) {
    return kind.is_string() &&
           (kind.get_string() == "bin" || kind.get_string() == "cdylib" || kind.get_string() == "example");
  });
  if (!linked) return std::nullopt;
  if (std::string program = text_field(message, "executable"); program.ends_with(".wasm")) return program;
  for (const boost::json::value& file : array_field(message, "filenames")) {
    const auto* path = file.if_string();
    if (path != nullptr && path->ends_with(".wasm")) return std::string(path->data(), path->size());
  }
  return std::nullopt;
}

}  // namespace

void CargoMessages::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n') {
      if (line_.size() < kLongestLine) line_ += c;
      continue;
    }
    take_line(line_);
    line_.clear();
  }
}

void CargoMessages::take_line(std::string_view line) {
  if (line.empty()) return;
  const auto message = parse_object(line);
  const std::string reason = message ? text_field(*message, "reason") : std::string();
  if (reason.empty()) {
    if (other_lines_.size() < kMostOtherLines) other_lines_.emplace_back(line);
    return;
  }
  if (reason != "compiler-artifact") return;
  compiled_.emplace(text_field(*message, "package_id"), text_field(*message, "manifest_path"));
  auto file = wasm_file(*message);
  if (!file || std::ranges::find(linked_, *file, &LinkedFile::path) != linked_.end()) return;
  linked_.push_back(
      {std::move(*file), text_field(object_field(*message, "target"), "name"), text_field(*message, "manifest_path")});
}

bool says_target_missing(std::string_view stderr_text) {
  const std::string text = printable(stderr_text);
  return text.find("E0463") != std::string::npos && (text.find("can't find crate for `core`") != std::string::npos ||
                                                     text.find("can't find crate for `std`") != std::string::npos);
}

std::optional<std::vector<std::string>> shell_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool expands = c == '$' || c == '`';
    if (quote == '\0' && (expands || std::string_view("|&;<>()*?[]#~{}!\n").find(c) != std::string_view::npos))
      return std::nullopt;
    if (quote == '"' && expands) return std::nullopt;
    if (quote == c && quote != '\0') {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
      in_word = true;
    } else if (c == '\\' && quote != '\'') {
      if (++i == command.size()) return std::nullopt;
      word += command[i];
      in_word = true;
    } else if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0') return std::nullopt;
  if (in_word) words.push_back(std::move(word));
  return words;
}

bool is_cargo_build(const std::vector<std::string>& words) {
  return words.size() >= 2 && words[0] == "cargo" && (words[1] == "build" || words[1] == "b");
}

}  // namespace faasta::cli

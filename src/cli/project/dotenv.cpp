#include "cli/project/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr std::string_view kBlank = " \t\r";

/// Reads the values of one file.
class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

  Result<Variables> parse() {
    Variables out;
    while (!rest_.empty()) {
      ++line_;
      std::string_view line = trimmed(rest_.substr(0, rest_.find('\n')), kBlank);
      if (line.empty() || line.starts_with('#')) {
        take_until(rest_, '\n');
        continue;
      }
      ASSIGN_OR_RETURN(const std::string name, take_name());
      ASSIGN_OR_RETURN(std::string value, take_value());
      out.insert_or_assign(name, std::move(value));
    }
    return out;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(Code::env_invalid, fmt::format("{}:{}: {}", file_, line_, what));
  }

  Result<std::string> take_name() {
    const std::size_t end = rest_.find_first_of("=\n");
    if (end == std::string_view::npos || rest_[end] == '\n') return wrong("a line is NAME=VALUE");
    std::string_view name = trimmed(rest_.substr(0, end), kBlank);
    if (name.starts_with("export ")) name = trimmed(name.substr(std::string_view("export ").size()), kBlank);
    rest_.remove_prefix(end + 1);
    if (const auto checked = check_variable_name(name); !checked) return wrong(checked.error().detail);
    return std::string(name);
  }

  Result<std::string> take_value() {
    const std::size_t begin = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    rest_.remove_prefix(begin);
    if (rest_.starts_with('"') || rest_.starts_with('\'')) return take_quoted(rest_.front());
    std::string_view value = take_until(rest_, '\n');
    value = value.substr(0, std::min(value.find(" #"), value.find("\t#")));
    return std::string(trimmed(value, kBlank));
  }

  Result<std::string> take_quoted(char quote) {
    std::string out;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (c == quote) {
        rest_.remove_prefix(at + 1);
        const std::string_view after = trimmed(take_until(rest_, '\n'), kBlank);
        if (!after.empty() && !after.starts_with('#')) return wrong("something follows the quoted value");
        return out;
      }
      if (c == '\n') ++line_;
      if (c == '\\' && quote == '"' && at + 1 < rest_.size()) {
        out += unescaped(rest_[++at]);
        continue;
      }
      out += c;
    }
    return wrong("a quote is not closed");
  }

  static std::string unescaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'r':
        return "\r";
      case '\\':
      case '"':
      case '$':
        return {c};
      default:
        return {'\\', c};
    }
  }

  std::string_view rest_;
  std::string_view file_;
  int line_ = 0;
};

/// Returns the names that may have a local value.
std::vector<std::string> declared(const FunctionSettings& settings) {
  std::vector<std::string> out = settings.required_secrets;
  out.insert(out.end(), settings.optional_secrets.begin(), settings.optional_secrets.end());
  for (const auto& [name, value] : settings.env) out.push_back(name);
  return out;
}

}  // namespace

Result<Variables> parse_dotenv(std::string_view text, std::string_view file) { return Parser(text, file).parse(); }

Result<Variables> read_dotenv(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const std::string text, read_file(file, kLargestFile));
  return parse_dotenv(text, file.string());
}

Result<Variables> local_values(const std::filesystem::path& folder, std::string_view environment,
                               const FunctionSettings& settings) {
  Variables all;
  std::vector<std::filesystem::path> files = {folder / ".env"};
  if (!environment.empty()) files.push_back(folder / (".env." + std::string(environment)));
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) continue;
    ASSIGN_OR_RETURN(auto values, read_dotenv(file));
    for (auto& [name, value] : values) all.insert_or_assign(name, std::move(value));
  }
  Variables out;
  for (const std::string& name : declared(settings)) {
    if (const char* const value = std::getenv(name.c_str()); value != nullptr)
      out.insert_or_assign(name, value);
    else if (const auto found = all.find(name); found != all.end())
      out.insert(*found);
  }
  return out;
}

}  // namespace faasta::cli

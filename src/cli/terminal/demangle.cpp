#include "cli/terminal/demangle.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "cli/terminal/demangle_rust.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLongestSymbol = 4096;
constexpr std::size_t kLongestName = 2000;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Whether `part` is a hash such as "17h0123456789abcdef", which ends a legacy symbol of Rust.
bool is_hash(std::string_view part) {
  return part.size() == 17 && part.front() == 'h' && std::ranges::all_of(part.substr(1), is_hex);
}

/// Replaces the escapes of a legacy symbol: `$LT$`, `$u20$`, `..`.
std::string unescaped(std::string_view part) {
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"$LT$", "<"},  {"$GT$", ">"},  {"$RF$", "&"},  {"$BP$", "*"},  {"$LP$", "("},   {"$RP$", ")"},
      {"$C$", ","},   {"$SP$", "@"},  {"$u20$", " "}, {"$u27$", "'"}, {"$u5b$", "["},  {"$u5d$", "]"},
      {"$u7b$", "{"}, {"$u7d$", "}"}, {"$u3b$", ";"}, {"$u2b$", "+"}, {"$u22$", "\""}, {"..", "::"}};
  std::string out;
  if (part.starts_with("_$")) part.remove_prefix(1);
  while (!part.empty()) {
    const auto* const found =
        std::ranges::find_if(kEscapes, [&](const auto& escape) { return part.starts_with(escape.first); });
    if (found == std::end(kEscapes)) {
      out += part.front();
      part.remove_prefix(1);
    } else {
      out += found->second;
      part.remove_prefix(found->first.size());
    }
  }
  return out;
}

std::optional<std::string> demangle_legacy(std::string_view symbol) {
  std::string_view rest = symbol.substr(3);  // "_ZN"
  std::string out;
  std::string_view last;
  while (!rest.empty() && rest.front() != 'E') {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (error != std::errc() || size == 0 || size > rest.size()) return std::nullopt;
    if (!last.empty()) out += (out.empty() ? "" : "::") + unescaped(last);
    last = rest.substr(0, size);
    rest.remove_prefix(size);
  }
  return !rest.empty() && is_hash(last) && !out.empty() ? std::optional(out) : std::nullopt;
}

std::optional<std::string> demangle_cpp(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && name ? std::optional<std::string>(name.get()) : std::nullopt;
}

}  // namespace

std::string demangled(std::string_view symbol) {
  std::optional<std::string> out;
  if (symbol.size() <= kLongestSymbol) {
    if (symbol.starts_with("_R"))
      out = demangle_rust_v0(symbol);
    else if (symbol.starts_with("_ZN"))
      out = demangle_legacy(symbol);
    if (!out && symbol.starts_with("_Z")) out = demangle_cpp(std::string(symbol));
  }
  if (!out) return std::string(symbol);
  if (out->size() > kLongestName) *out = out->substr(0, kLongestName) + "...";
  return *out;
}

}  // namespace faasta::cli

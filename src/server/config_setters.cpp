#include "server/config_setters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace faasta::server {
namespace {

std::optional<log::Level> parse_level(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<log::Level>(found - kNames.begin());
}

}  // namespace

Setter number(std::uint32_t& target, std::int64_t least, std::int64_t most) {
  return [&target, least, most](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) return fmt::format("must be a number from {} to {}", least, most);
    target = static_cast<std::uint32_t>(*value);
    return {};
  };
}

Setter number(std::optional<std::uint32_t>& target, std::int64_t least, std::int64_t most) {
  return [&target, least, most](const toml::node& node) { return number(target.emplace(), least, most)(node); };
}

Setter milliseconds(std::chrono::milliseconds& target, std::int64_t most) {
  return [&target, most](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 1 || *value > most)
      return fmt::format("must be a number of milliseconds from 1 to {}", most);
    target = std::chrono::milliseconds(*value);
    return {};
  };
}

Setter checked(std::string& target, std::string (*wrong)(std::string_view)) {
  return [&target, wrong](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    target = *value;
    const std::string why = wrong(target);
    return why.empty() ? why : "is not valid: " + why;
  };
}

Setter text(std::string& target) {
  return [&target](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    target = *value;
    return {};
  };
}

Setter flag(bool& target) {
  return [&target](const toml::node& node) -> std::string {
    const auto value = node.value_exact<bool>();
    if (!value) return "must be true or false";
    target = *value;
    return {};
  };
}

Setter texts(std::vector<std::string>& target, std::string (*wrong)(std::string_view)) {
  return [&target, wrong](const toml::node& node) -> std::string {
    const toml::array* list = node.as_array();
    if (list == nullptr) return "must be a list of texts";
    target.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value_exact<std::string>();
      if (!value) return "must be a list of texts";
      const std::string why = wrong == nullptr ? std::string() : wrong(*value);
      if (!why.empty()) return fmt::format("is not valid: {} (line {})", why, item.source().begin.line);
      target.push_back(*value);
    }
    return {};
  };
}

Setter ids(std::vector<std::int64_t>& target) {
  return [&target](const toml::node& node) -> std::string {
    const toml::array* list = node.as_array();
    if (list == nullptr) return "must be a list of numbers";
    target.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value_exact<std::int64_t>();
      if (!value) return "must be a list of numbers";
      target.push_back(*value);
    }
    return {};
  };
}

Setter ports(std::vector<std::uint16_t>& target) {
  return [&target](const toml::node& node) -> std::string {
    constexpr std::int64_t kMost = 65'535;
    const toml::array* list = node.as_array();
    if (list == nullptr) return "must be a list of port numbers";
    target.clear();
    for (const toml::node& item : *list) {
      const auto value = item.value_exact<std::int64_t>();
      if (!value || *value < 1 || *value > kMost) return fmt::format("must be a list of numbers from 1 to {}", kMost);
      target.push_back(static_cast<std::uint16_t>(*value));
    }
    return {};
  };
}

Setter path(std::filesystem::path& target) {
  return [&target](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    target = *value;
    return {};
  };
}

Setter certificate_pairs(std::vector<tls::CertificateFiles>& target) {
  return [&target](const toml::node& node) -> std::string {
    constexpr const char* kWrong = "must be tables with `certificate` and `key`, the names of PEM files";
    const toml::array* list = node.as_array();
    if (list == nullptr) return kWrong;
    target.clear();
    for (const toml::node& item : *list) {
      const toml::table* pair = item.as_table();
      if (pair == nullptr || pair->size() != 2) return kWrong;
      const auto certificate = (*pair)["certificate"].value_exact<std::string>();
      const auto key = (*pair)["key"].value_exact<std::string>();
      if (!certificate || !key) return kWrong;
      target.push_back({*certificate, *key});
    }
    return {};
  };
}

Setter level(log::Level& target) {
  return [&target](const toml::node& node) -> std::string {
    const auto value = parse_level(node.value_exact<std::string>().value_or(""));
    if (!value) return "must be debug, info, warn or error";
    target = *value;
    return {};
  };
}

Setter lockdown(LockdownMode& target) {
  return [&target](const toml::node& node) -> std::string {
    const std::string value = node.value_exact<std::string>().value_or("");
    if (value != "on" && value != "log" && value != "off") return "must be on, log or off";
    target = value == "on" ? LockdownMode::on : value == "log" ? LockdownMode::log : LockdownMode::off;
    return {};
  };
}

Setter megabytes(std::uint64_t& bytes, std::int64_t most) {
  return [&bytes, most](const toml::node& node) -> std::string {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 1 || *value > most) return fmt::format("must be a number of MiB from 1 to {}", most);
    bytes = static_cast<std::uint64_t>(*value) << 20U;
    return {};
  };
}

}  // namespace faasta::server

#include "gateway/address.hpp"

#include <charconv>

#include "http/host.hpp"

namespace faasta::gateway {
namespace {

/// Removes "--v<N>" from the end of a label. A function's name has no "--" and is not empty, so the first "--" after
/// its first letter starts the suffix.
std::optional<std::uint32_t> take_version(std::string& label) {
  const std::size_t at = label.find("--v");
  if (at == 0 || at == std::string::npos) return std::nullopt;
  const std::string_view digits = std::string_view(label).substr(at + 3);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || digits.front() == '0' || error != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  label.resize(at);
  return number;
}

}  // namespace

Address address_of(std::string_view authority, std::string_view base_domain) {
  std::string name = http::host_of(authority);
  if (name == base_domain) return {Address::Kind::apex, {}, std::nullopt};
  if (!name.ends_with(base_domain)) return {};
  name.resize(name.size() - base_domain.size());
  if (!name.ends_with('.')) return {};
  name.pop_back();
  if (name.empty() || name.find('.') != std::string::npos) return {Address::Kind::unknown, {}, std::nullopt};
  if (name == "api") return {Address::Kind::api, {}, std::nullopt};
  const std::optional<std::uint32_t> version = take_version(name);
  return {Address::Kind::function, std::move(name), version};
}

}  // namespace faasta::gateway

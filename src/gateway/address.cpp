#include "gateway/address.hpp"

#include <utility>

#include "base/version_label.hpp"
#include "http/host.hpp"

namespace faasta::gateway {
namespace {

/// Removes "--<label>" from the end of a name, and returns the label. A function's name has no "--" and is not empty,
/// so the first "--" after its first letter begins the label. A text that names no version stays in the name.
std::string take_label(std::string& name) {
  const std::size_t at = name.find("--");
  if (at == 0 || at == std::string::npos) return {};
  std::string label = name.substr(at + 2);
  if (!version_of_label(label) && !check_alias(label)) return {};
  name.resize(at);
  return label;
}

}  // namespace

Address address_of(std::string_view authority, std::string_view base_domain) {
  std::string name = http::host_of(authority);
  if (name == base_domain) return {Address::Kind::apex};
  if (!name.ends_with(base_domain)) return {};
  name.resize(name.size() - base_domain.size());
  if (!name.ends_with('.')) return {};
  name.pop_back();
  if (name.empty() || name.find('.') != std::string::npos) return {Address::Kind::unknown};
  if (name == "api") return {Address::Kind::api};
  std::string label = take_label(name);
  return {Address::Kind::function, std::move(name), std::move(label)};
}

}  // namespace faasta::gateway

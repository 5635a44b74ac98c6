#include "deploy/capabilities.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace faasta::deploy {
namespace {

using Names = std::set<std::string>;

Names interfaces(const std::vector<std::string>& imports) {
  Names out;
  for (const std::string& import : imports) out.insert(import.substr(0, import.find('@')));
  return out;
}

std::vector<std::string> without(const Names& all, const Names& known) {
  std::vector<std::string> out;
  std::ranges::set_difference(all, known, std::back_inserter(out));
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

json::object object(const Capabilities& capabilities) {
  return {{"imports", json::array(capabilities.imports.begin(), capabilities.imports.end())},
          {"outbound", json::array(capabilities.outbound.begin(), capabilities.outbound.end())}};
}

}  // namespace

std::string Capabilities::text() const {
  std::string out;
  if (!imports.empty()) out += "it imports " + joined(imports);
  if (!outbound.empty()) out += (out.empty() ? "it sends requests to " : ", and sends requests to ") + joined(outbound);
  return out;
}

CapabilityChange compare(const Capabilities& before, const Capabilities& after) {
  const Names imports_before = interfaces(before.imports);
  const Names imports_after = interfaces(after.imports);
  const Names outbound_before(before.outbound.begin(), before.outbound.end());
  const Names outbound_after(after.outbound.begin(), after.outbound.end());
  return {{without(imports_after, imports_before), without(outbound_after, outbound_before)},
          {without(imports_before, imports_after), without(outbound_before, outbound_after)}};
}

Result<CapabilityChange> lock_capabilities(const std::optional<Capabilities>& active, const Capabilities& asked,
                                           bool allow_new) {
  if (!active) return CapabilityChange{};
  CapabilityChange change = compare(*active, asked);
  if (!change.added.empty() && !allow_new) return fail(Code::new_capabilities, change.added.text());
  return change;
}

json::object to_json(const CapabilityChange& change) {
  return {{"added", object(change.added)}, {"removed", object(change.removed)}};
}

}  // namespace faasta::deploy

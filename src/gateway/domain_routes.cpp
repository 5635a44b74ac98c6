#include "gateway/domain_routes.hpp"

#include <utility>

namespace faasta::gateway {

std::optional<std::string> DomainRoutes::find(std::string_view host) const {
  const auto functions = functions_.load();
  const auto found = functions->find(host);
  return found == functions->end() ? std::nullopt : std::optional(found->second);
}

void DomainRoutes::replace(Functions functions) {
  functions_.store(std::make_shared<const Functions>(std::move(functions)));
}

}  // namespace faasta::gateway

#include "api/request.hpp"

#include <utility>

namespace faasta::api {

Result<FunctionName> known_name(const Request& request) {
  auto name = FunctionName::parse(request.name);
  if (!name) return fail(Code::function_not_found, std::move(name.error().detail));
  return name;
}

}  // namespace faasta::api

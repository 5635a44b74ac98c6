#include "http/request_origin.hpp"

#include "base/sha256.hpp"

namespace faasta::http {

std::string choose_request_id(const RequestHead& head) {
  const auto given = head.field("x-request-id");
  return given && is_request_id(*given) ? std::string(*given) : unique_hex();
}

}  // namespace faasta::http

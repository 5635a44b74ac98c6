#include "tls/library.hpp"

namespace faasta::tls {

std::string take_failure() {
  const std::uint32_t code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  const char* const reason = ERR_reason_error_string(code);
  return reason == nullptr ? "error " + std::to_string(code) : reason;
}

}  // namespace faasta::tls

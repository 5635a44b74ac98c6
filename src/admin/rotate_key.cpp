#include "admin/rotate_key.hpp"

#include <fmt/format.h>

#include "base/propagate.hpp"

namespace faasta::admin {

Result<> rotate_key(const Operator& on) {
  ASSIGN_OR_RETURN(const auto done, on.vault->rotate());
  on.say({{"key", done.key}, {"values", done.values}},
         fmt::format("{} values are sealed by the new key {}; back the file of the key up", done.values, done.key));
  return {};
}

}  // namespace faasta::admin

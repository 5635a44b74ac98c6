#include "domains/public_suffix.hpp"

#include <libpsl.h>

#include <memory>

namespace faasta::domains {

bool is_public_suffix(const std::string& domain) {
  // Uses the system's list if it is newer than the list in the library.
  const std::unique_ptr<psl_ctx_t, decltype(&psl_free)> list(psl_latest(nullptr), &psl_free);
  return list != nullptr && psl_is_public_suffix(list.get(), domain.c_str()) == 1;
}

}  // namespace faasta::domains

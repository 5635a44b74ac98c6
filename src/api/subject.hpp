#pragma once

#include <vector>

#include "api/router.hpp"

namespace faasta::api {

/// One subject of the API, such as functions or tokens. A subject owns the limits and pools that no other subject
/// needs.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  /// Returns the endpoints of this subject. The API calls this once, before the first request.
  [[nodiscard]] virtual std::vector<Endpoint> endpoints() = 0;
};

}  // namespace faasta::api

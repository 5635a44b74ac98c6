#pragma once

#include <vector>

#include "api/router.hpp"

namespace faasta::api {

/// One subject of the API, such as functions or tokens. It owns the limits and pools that only it needs.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  /// The endpoints of this subject. Called once, before the first request.
  [[nodiscard]] virtual std::vector<Endpoint> endpoints() = 0;
};

}  // namespace faasta::api

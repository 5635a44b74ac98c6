#pragma once

#include <vector>

#include "api/router.hpp"

namespace faasta::api {

/// One subject of the API, such as functions or tokens. It owns what only it needs: its limits, its pools.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  /// Its part of the API. Asked once, before the first request.
  [[nodiscard]] virtual std::vector<Endpoint> endpoints() = 0;
};

}  // namespace faasta::api

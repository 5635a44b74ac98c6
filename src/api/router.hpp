#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/request.hpp"

namespace faasta::api {

/// What the API does for one method of one path.
struct Endpoint {
  std::string_view method;
  std::string_view path;  ///< "/v1/functions/{name}": "{...}" stands for one segment
  Access access = Access::admin;
  std::function<Answer(Request&)> handler;
  bool takes_head = true;  ///< of GET: HEAD does the same, where that changes nothing
};

/// Finds the endpoint of a request. Endpoints are added before the first request; then any thread.
class Router {
 public:
  /// Where two paths match, the one that was added first is meant.
  void add(Endpoint endpoint) { endpoints_.push_back(std::move(endpoint)); }

  struct Match {
    const Endpoint* endpoint = nullptr;
    std::string name;   ///< what stands in the path for "{...}"
    std::string allow;  ///< without an endpoint: the methods that the path takes, "GET, HEAD"; empty: no such path
  };
  /// `path`: without its query. "*" takes every method that some path takes.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Endpoint> endpoints_;
};

}  // namespace faasta::api

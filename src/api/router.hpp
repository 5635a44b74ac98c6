#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/request.hpp"

namespace faasta::api {

/// The handler for one method of one path.
struct Endpoint {
  std::string_view method;
  std::string_view path;  ///< "/v1/functions/{name}": "{...}" stands for one segment
  Access access = Access::admin;
  std::function<Answer(Request&)> handler;
  bool takes_head = true;  ///< for an endpoint with the method GET: whether it also answers HEAD
};

/// Finds the endpoint of a request. Add all endpoints before the first request; after that, any thread may use it.
class Router {
 public:
  /// If two paths match, the first added endpoint is used.
  void add(Endpoint endpoint) { endpoints_.push_back(std::move(endpoint)); }

  struct Match {
    const Endpoint* endpoint = nullptr;
    std::string name;   ///< the segment of the path at "{...}"
    std::string allow;  ///< if no endpoint matches: the methods of the path, such as "GET, HEAD"; empty if the path
                        ///< does not exist
  };
  /// Finds the endpoint. `path` has no query. For the path "*", `allow` has every method that some path allows.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Endpoint> endpoints_;
};

}  // namespace faasta::api

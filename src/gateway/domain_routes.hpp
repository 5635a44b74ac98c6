#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace faasta::gateway {

/// The custom domains that are served, and their functions. All of them are in memory, because each of them has a
/// certificate in memory anyway; so a request for a foreign host never asks the catalog. Any thread may use it.
class DomainRoutes {
 public:
  using Functions = std::map<std::string, std::string, std::less<>>;

  /// Returns the name of the function of a host, which is in lower case and has no port.
  [[nodiscard]] std::optional<std::string> find(std::string_view host) const;
  /// `functions`: the name of a function for each host.
  void replace(Functions functions);

 private:
  std::atomic<std::shared_ptr<const Functions>> functions_{std::make_shared<const Functions>()};
};

}  // namespace faasta::gateway

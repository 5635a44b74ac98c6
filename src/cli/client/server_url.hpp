#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::cli {

/// The URL of a server's API. `http://localhost:8080` and `http://127.0.0.1:8080` mean `http://api.localhost:8080`,
/// because a server distinguishes its API from its functions by the host name.
class ServerUrl {
 public:
  [[nodiscard]] static Result<ServerUrl> parse(std::string_view text);

  /// The URL without a path: "https://api.example.com".
  [[nodiscard]] const std::string& str() const noexcept { return url_; }
  /// If the host is this machine, returns the loopback address to connect to ("127.0.0.5", "[::1]"), so that no DNS
  /// look-up is needed. Empty for other hosts.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// The origin of a function: "https://hello.example.com".
  [[nodiscard]] std::string function_origin(std::string_view name) const;
  /// Whether `url` is at the base domain of the server: the same scheme, host and port.
  [[nodiscard]] bool is_at_base(std::string_view url) const;
  /// Whether requests go to another machine by plain HTTP, so that others can read them.
  [[nodiscard]] bool in_the_clear() const noexcept;

 private:
  std::string url_;
  std::string scheme_;
  std::string host_;
  std::string address_;
  std::string port_;  ///< ":8080", or empty
};

}  // namespace faasta::cli

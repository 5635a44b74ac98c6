#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::cli {

/// Where a server's API is. `http://localhost:8080` means `http://api.localhost:8080`, and so does
/// `http://127.0.0.1:8080`: a server tells its API and its functions apart by their names.
class ServerUrl {
 public:
  [[nodiscard]] static Result<ServerUrl> parse(std::string_view text);

  /// Without a path: "https://api.example.com".
  [[nodiscard]] const std::string& str() const noexcept { return url_; }
  /// The loopback address to connect to in place of the one that the name has: "127.0.0.5", "[::1]"; or empty.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// The origin of a function: "https://hello.example.com".
  [[nodiscard]] std::string function_origin(std::string_view name) const;
  /// Whether what is sent there can be read on the way: plain HTTP to another machine.
  [[nodiscard]] bool in_the_clear() const noexcept;

 private:
  std::string url_;
  std::string scheme_;
  std::string host_;
  std::string address_;
  std::string port_;  ///< with its colon, or empty
};

/// `localhost`, `*.localhost`, 127.0.0.0/8 and ::1; with or without brackets.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

}  // namespace faasta::cli

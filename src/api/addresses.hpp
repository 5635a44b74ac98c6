#pragma once

#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::api {

/// The addresses of this server as clients see them: its base domain, and each label below it.
class Addresses {
 public:
  /// `public_url`: how clients reach the base domain, as the operator configured it, such as
  /// "https://example.com:8443". If it is empty, clients use http at `port`, such as ":8080".
  Addresses(std::string base_domain, std::string_view public_url, std::string_view port);

  [[nodiscard]] const std::string& base_domain() const noexcept { return base_domain_; }
  /// Returns the host and port of a label: "hello.example.com:8080".
  [[nodiscard]] std::string authority(std::string_view label) const;
  /// Returns the URL of a label: "http://hello.example.com:8080/".
  [[nodiscard]] std::string url(std::string_view label) const;
  /// Returns the URL of a label, for the client of `exchange`. If the operator configured no public_url, the URL has
  /// the scheme and the port that this client used.
  [[nodiscard]] std::string url(std::string_view label, const http::Exchange& exchange) const;
  /// Returns the URL of the base domain itself: "http://example.com:8080/", without and with the client of an exchange.
  [[nodiscard]] std::string apex() const;
  [[nodiscard]] std::string apex(const http::Exchange& exchange) const;
  /// Whether the configured public_url begins with https.
  [[nodiscard]] bool is_https() const noexcept { return scheme_ == "https"; }
  /// Whether the browser behind `exchange` uses https.
  [[nodiscard]] bool is_https(const http::Exchange& exchange) const;

 private:
  std::string base_domain_;
  std::string scheme_ = "http";
  std::string port_;  ///< ":8080"; empty for the default port of the scheme
  bool operator_said_;
};

}  // namespace faasta::api

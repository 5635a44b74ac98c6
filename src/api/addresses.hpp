#pragma once

#include <string>
#include <string_view>

#include "http/exchange.hpp"

namespace faasta::api {

/// The addresses that the outside has for this server: its base domain, and each label below it.
class Addresses {
 public:
  /// `public_url`: the operator's word for how the base domain is reached, such as "https://example.com:8443". If it is
  /// empty, that is by http at `port`, such as ":8080".
  Addresses(std::string base_domain, std::string_view public_url, std::string_view port);

  [[nodiscard]] const std::string& base_domain() const noexcept { return base_domain_; }
  /// The host and port of a label: "hello.example.com:8080".
  [[nodiscard]] std::string authority(std::string_view label) const;
  /// "http://hello.example.com:8080/".
  [[nodiscard]] std::string url(std::string_view label) const;
  /// The same as the client of `exchange` has to write it. Without a word of the operator's, a trusted proxy's counts.
  [[nodiscard]] std::string url(std::string_view label, const http::Exchange& exchange) const;
  /// Whether the operator says that the server is reached by https.
  [[nodiscard]] bool is_https() const noexcept { return scheme_ == "https"; }
  /// Whether the browser behind `exchange` reaches it by https.
  [[nodiscard]] bool is_https(const http::Exchange& exchange) const;

 private:
  std::string base_domain_;
  std::string scheme_ = "http";
  std::string port_;  ///< ":8080"; empty when it is the scheme's own
  bool operator_said_;
};

}  // namespace faasta::api

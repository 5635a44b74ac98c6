#include "api/addresses.hpp"

#include <utility>

namespace faasta::api {
namespace {

/// Returns ":8080" for "example.com:8080", and an empty text for "example.com".
std::string_view port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
}

}  // namespace

Addresses::Addresses(std::string base_domain, std::string_view public_url, std::string_view port)
    : base_domain_(std::move(base_domain)), port_(port == ":80" ? "" : port), operator_said_(!public_url.empty()) {
  if (!operator_said_) return;
  if (public_url.starts_with("https://")) scheme_ = "https";
  port_ = port_of(public_url.substr(public_url.find("://") + 3));
}

std::string Addresses::authority(std::string_view label) const {
  return std::string(label) + "." + base_domain_ + port_;
}

std::string Addresses::apex() const { return scheme_ + "://" + base_domain_ + port_ + "/"; }

std::string Addresses::apex(const http::Exchange& exchange) const {
  const std::string api = url("api", exchange);
  const std::size_t host = api.find("://") + 3;
  return api.substr(0, host) + api.substr(host + std::string_view("api.").size());
}

std::string Addresses::url(std::string_view label) const { return scheme_ + "://" + authority(label) + "/"; }

std::string Addresses::url(std::string_view label, const http::Exchange& exchange) const {
  const bool plain = !exchange.client().proxied && exchange.scheme() == scheme_;
  if (operator_said_ || plain) return url(label);
  // The host field has the port that the client used to reach the proxy, or the port for https.
  const std::string port(port_of(exchange.request().host));
  return std::string(exchange.scheme()) + "://" + std::string(label) + "." + base_domain_ + port + "/";
}

bool Addresses::is_https(const http::Exchange& exchange) const { return is_https() || exchange.scheme() == "https"; }

}  // namespace faasta::api

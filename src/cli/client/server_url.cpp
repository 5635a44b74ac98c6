#include "cli/client/server_url.hpp"

#include <arpa/inet.h>

#include "base/loopback.hpp"
#include "base/printable.hpp"
#include "curl/curl.hpp"

namespace faasta::cli {
namespace {

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

std::unexpected<Error> refused(std::string_view text, std::string_view why) {
  return fail(Code::usage, "--server '" + printable_line(text.substr(0, 200)) + "' " + std::string(why));
}

}  // namespace

Result<ServerUrl> ServerUrl::parse(std::string_view text) {
  std::string spelled(text);
  if (spelled.find("://") == std::string::npos) {
    const std::string_view host = text.substr(0, text.find_first_of(":/"));
    spelled.insert(0, is_loopback_host(host) || text.starts_with("[::1]") ? "http://" : "https://");
  }
  const auto url = curl::Url::parse(spelled);
  if (!url) return refused(text, "is not a URL");
  ServerUrl out;
  out.scheme_ = url->part(CURLUPART_SCHEME);
  if (out.scheme_ != "http" && out.scheme_ != "https") return refused(text, "is neither http:// nor https://");
  if (!url->part(CURLUPART_USER).empty() || !url->part(CURLUPART_PASSWORD).empty())
    return refused(text, "holds a user name; use --token (FAASTA_TOKEN)");
  const std::string path = url->part(CURLUPART_PATH);
  if ((!path.empty() && path != "/") || !url->part(CURLUPART_QUERY).empty() || !url->part(CURLUPART_FRAGMENT).empty())
    return refused(text, "has more than scheme, host and port");
  out.host_ = url->part(CURLUPART_HOST);
  for (char& c : out.host_)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (is_ipv4(out.host_) || out.host_.starts_with('[')) {
    if (!is_loopback_host(out.host_))
      return refused(text,
                     "is an address, but API and functions are told apart by name: give the server's base domain, "
                     "`--server https://example.com`. A server that listens on its own machine alone is reached "
                     "through `ssh -L 8080:127.0.0.1:8080 HOST`, as http://localhost:8080");
    if (out.host_ != "127.0.0.1") out.address_ = out.host_;
    out.host_ = "localhost";
  }
  if (!out.host_.starts_with("api.")) out.host_.insert(0, "api.");
  const std::string port = url->part(CURLUPART_PORT);
  const bool usual = (out.scheme_ == "http" && port == "80") || (out.scheme_ == "https" && port == "443");
  if (!port.empty() && !usual) out.port_ = ":" + port;
  out.url_ = out.scheme_ + "://" + out.host_ + out.port_;
  return out;
}

std::string ServerUrl::function_origin(std::string_view name) const {
  return scheme_ + "://" + std::string(name) + "." + host_.substr(4) + port_;
}

bool ServerUrl::is_at_base(std::string_view url) const {
  return url.starts_with(scheme_ + "://" + host_.substr(4) + port_ + "/");
}

bool ServerUrl::in_the_clear() const noexcept { return scheme_ == "http" && !is_loopback_host(host_); }

}  // namespace faasta::cli

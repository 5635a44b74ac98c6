#include "cli/client/oci_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/loopback.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/url_escape.hpp"
#include "cli/client/http_client.hpp"
#include "cli/terminal/json.hpp"
#include "curl/curl.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kMostManifest = 1U << 20U;
constexpr std::uint64_t kMostComponent = 64U << 20U;  // no server takes more
constexpr int kMostRedirects = 4;
constexpr std::string_view kDigestKind = "sha256:";
constexpr std::string_view kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kSpin = "application/vnd.fermyon.spin.application.v1+config";

std::unexpected<Problem> failed(std::string detail) {
  return fail_with_fix(Error{Code::io_error, "the registry: " + printable_line(detail)},
                       "Check the name of the component, and the registry's password in ~/.docker/config.json");
}

std::string without_port(std::string_view host) { return std::string(host.substr(0, host.rfind(':'))); }

bool is_here(std::string_view host) {
  return is_loopback_host(host) || is_loopback_host(without_port(host)) || without_port(host) == "localhost";
}

/// Whether a URL is https, or on this machine. One with a user is refused: it could look like one of another host.
bool is_safe(const std::string& url) {
  const auto parsed = curl::Url::parse(url);
  if (!parsed || !parsed->part(CURLUPART_USER).empty() || !parsed->part(CURLUPART_PASSWORD).empty()) return false;
  const std::string scheme = parsed->part(CURLUPART_SCHEME);
  return scheme == "https" || (scheme == "http" && parsed->is_this_machine());
}

std::string digest_of(std::string_view bytes) { return std::string(kDigestKind) + sha256(bytes).hex(); }

/// Returns "USER:PASSWORD" of Docker's file.
std::string saved_password(const std::string& host) {
  const char* const home = std::getenv("HOME");
  const char* const folder = std::getenv("DOCKER_CONFIG");
  if (home == nullptr && folder == nullptr) return {};
  const auto file = folder != nullptr ? std::filesystem::path(folder) : std::filesystem::path(home) / ".docker";
  const auto text = read_file(file / "config.json", kMostManifest);
  const auto object = text ? parse_object(*text) : fail(Code::io_error);
  if (!object) return {};
  return parse_base64(text_field(object_field(object_field(*object, "auths"), host), "auth")).value_or("");
}

/// Reads a value of a challenge: Bearer realm="https://...",service="...".
std::string parameter(std::string_view challenge, std::string_view name) {
  const std::string begin = std::string(name) + "=\"";
  const auto at = challenge.find(begin);
  if (at == std::string_view::npos) return {};
  challenge.remove_prefix(at + begin.size());
  return std::string(challenge.substr(0, challenge.find('"')));
}

/// One registry, and the right to read one name in it.
class Registry {
 public:
  Registry(const OciReference& reference, std::string password)
      : reference_(reference), password_(std::move(password)) {}

  Outcome<std::string> get(const std::string& path, std::string_view accept, std::uint64_t most) {
    const std::string url = fmt::format("{}://{}/v2/{}/{}", is_here(reference_.host) ? "http" : "https",
                                        reference_.host, reference_.name, path);
    auto answer = follow(url, accept, most);
    if (answer && answer->head.status == 401) {
      if (auto admitted = answer_challenge(answer->head.header("www-authenticate")); !admitted)
        return std::unexpected(std::move(admitted.error()));
      answer = follow(url, accept, most);
    }
    if (!answer) return std::unexpected(std::move(answer.error()));
    if (answer->head.status != 200) return failed(fmt::format("{} answered {}", url, answer->head.status));
    return std::move(answer->body);
  }

 private:
  /// Registries send clients to other hosts for large files. These get no password, and cannot ask for one: an answer
  /// 401 is one of the registry itself.
  Outcome<HttpAnswer> follow(std::string url, std::string_view accept, std::uint64_t most) {
    std::string authorization = authorization_;
    for (int step = 0; step <= kMostRedirects; ++step) {
      HttpRequest request;
      request.url = url;
      request.headers.emplace_back("accept", std::string(accept));
      if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
      auto answer = send(request, most);
      if (!answer) return failed(url + ": " + answer.error().detail);
      const int status = answer->head.status;
      if (status == 401 && step > 0) return failed("a redirect leads to " + url + ", which wants a password");
      if (status < 300 || status >= 400) return *std::move(answer);
      url = answer->head.header("location");
      authorization.clear();
      if (!is_safe(url)) return failed("a redirect leads to " + url + ", which is no https URL");
    }
    return failed("there are too many redirects");
  }

  Outcome<> answer_challenge(const std::string& challenge) {
    const std::string basic = password_.empty() ? std::string() : "Basic " + base64(password_);
    if (!lowered(challenge).starts_with("bearer ")) {
      if (basic.empty()) return failed("it wants a password");
      authorization_ = basic;
      return {};
    }
    const std::string realm = parameter(challenge, "realm");
    if (!is_safe(realm)) return failed("it sends to " + realm + " for a token, which is no https URL");
    HttpRequest request;
    request.url = fmt::format("{}{}service={}&scope={}", realm, realm.contains('?') ? "&" : "?",
                              url_escape(parameter(challenge, "service")),
                              url_escape(fmt::format("repository:{}:pull", reference_.name)));
    if (!basic.empty()) request.headers.emplace_back("authorization", basic);
    const auto answer = send(request, kMostManifest);
    if (!answer) return failed(realm + ": " + answer.error().detail);
    const auto object = parse_object(answer->body);
    if (answer->head.status != 200 || !object) return failed(fmt::format("{} answered {}", realm, answer->head.status));
    const std::string token = text_field(*object, "token");
    authorization_ = "Bearer " + (token.empty() ? text_field(*object, "access_token") : token);
    return {};
  }

  const OciReference& reference_;
  const std::string password_;
  std::string authorization_;
};

/// The digest of the component's layer.
Outcome<std::string> layer_of(std::string_view manifest) {
  const auto object = parse_object(manifest);
  if (!object) return failed("the manifest is not a JSON object");
  const std::string kind = text_field(object_field(*object, "config"), "mediaType");
  if (kind == kSpin)
    return fail_with_fix(Error{Code::component_not_wasm, "this is an application of Spin, and not a component"},
                         "Push the component itself, for example with `wkg oci push`");
  const auto layers = array_field(*object, "layers");
  const auto* const layer = layers.size() == 1 ? layers[0].if_object() : nullptr;
  const std::string type = layer == nullptr ? std::string() : text_field(*layer, "mediaType");
  if (type != "application/wasm" && type != "application/vnd.wasm.content.layer.v1+wasm")
    return fail(Code::component_not_wasm, "the manifest does not have one layer of the type application/wasm");
  return text_field(*layer, "digest");
}

bool is_digest(std::string_view text) {
  return text.starts_with(kDigestKind) && Sha256::from_hex(text.substr(kDigestKind.size())).has_value();
}

}  // namespace

Result<OciReference> OciReference::parse(std::string_view text) {
  const auto wrong = [text] {
    return fail(Code::usage, fmt::format("'{}' is not HOST/NAME, HOST/NAME:TAG or HOST/NAME@sha256:DIGEST",
                                         printable_line(std::string(text.substr(0, 200)))));
  };
  OciReference out;
  std::string_view rest = text;
  if (rest.starts_with("oci://")) rest.remove_prefix(std::string_view("oci://").size());
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(out.digest)) return wrong();
  }
  out.host = take_until(rest, '/');
  const auto colon = rest.rfind(':');
  out.tag = colon == std::string_view::npos ? "latest" : rest.substr(colon + 1);
  out.name = rest.substr(0, colon);
  const auto is_plain = [](std::string_view part, std::string_view more) {
    return !part.empty() && part.size() <= 255 && std::ranges::all_of(part, [more](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || more.contains(c);
    });
  };
  if (!is_plain(out.host, ":[]") || !is_plain(out.name, "/") || !is_plain(lowered(out.tag), "")) return wrong();
  if (out.name.contains("..") || out.name.starts_with('/') || out.name.ends_with('/')) return wrong();
  return out;
}

Outcome<OciComponent> fetch_component(const OciReference& reference, std::string user_and_password) {
  if (user_and_password.empty()) user_and_password = saved_password(reference.host);
  Registry registry(reference, std::move(user_and_password));
  const std::string& wanted = reference.digest.empty() ? reference.tag : reference.digest;
  const auto manifest = registry.get("manifests/" + wanted, kManifest, kMostManifest);
  if (!manifest) return std::unexpected(manifest.error());
  const std::string digest = digest_of(*manifest);
  if (!reference.digest.empty() && digest != lowered(reference.digest))
    return fail(Code::digest_mismatch, "the manifest has the digest " + digest);
  const auto layer = layer_of(*manifest);
  if (!layer) return std::unexpected(layer.error());
  if (!is_digest(*layer)) return failed("the layer has no digest of SHA-256");
  auto bytes = registry.get("blobs/" + *layer, "*/*", kMostComponent);
  if (!bytes) return std::unexpected(bytes.error());
  if (digest_of(*bytes) != *layer)
    return fail(Code::digest_mismatch, "the component has the digest " + digest_of(*bytes));
  return OciComponent{*std::move(bytes), fmt::format("oci://{}/{}@{}", reference.host, reference.name, digest)};
}

}  // namespace faasta::cli

// Parses the PROXY header before a request, and single fields that proxies, clients and guests write: forwarded,
// x-forwarded-*, cdn-loop, host and set-cookie.

#include "base/text.hpp"
#include "fuzz.hpp"
#include "gateway/address.hpp"
#include "gateway/cdn_loop.hpp"
#include "gateway/set_cookie.hpp"
#include "http/forwarded.hpp"
#include "http/proxy_protocol.hpp"

namespace {

using namespace faasta;

void check_proxy_header(std::string_view bytes) {
  const auto whole = http::parse_proxy_header(bytes);
  if (!whole || whole->length == 0) return;
  FUZZ_CHECK(whole->length <= bytes.size());
  // Bytes after the header must not change the result. A header without its last byte must count as incomplete.
  const auto alone = http::parse_proxy_header(bytes.substr(0, whole->length));
  FUZZ_CHECK(alone && alone->length == whole->length && alone->source == whole->source && alone->tls == whole->tls);
  const auto less = http::parse_proxy_header(bytes.substr(0, whole->length - 1));
  FUZZ_CHECK(!less || less->length == 0);
}

void check_fields(std::string_view value) {
  http::RequestHead head;
  head.fields = {{"forwarded", value}, {"x-forwarded-for", value}, {"x-forwarded-proto", value}, {"cdn-loop", value}};
  if (const auto elements = http::forwarded_elements(head)) {
    for (const auto& element : *elements) static_cast<void>(http::node_address(element.node));
  }
  for (const auto& element : http::x_forwarded_elements(head)) static_cast<void>(http::node_address(element.node));
  FUZZ_CHECK(gateway::hops_of(head) >= gateway::hops_in(value));
}

void check_host(std::string_view host) {
  const auto address = gateway::address_of(host, "example.com");
  if (address.kind != gateway::Address::Kind::function) return;
  FUZZ_CHECK(!address.name.empty() && address.name.find('.') == std::string::npos);
}

void check_cookie(std::string_view value) {
  const auto cookie = gateway::host_only_cookie(value);
  if (!cookie) return;
  FUZZ_CHECK(cookie->size() <= value.size());
  FUZZ_CHECK(gateway::host_only_cookie(*cookie).has_value());
  // The cookie must have no attribute Domain, in any case of letters and with any blanks around it.
  std::string_view rest = *cookie;
  for (std::size_t at = rest.find(';'); at != std::string_view::npos; at = rest.find(';')) {
    rest.remove_prefix(at + 1);
    const std::string_view attribute = rest.substr(0, rest.find(';'));
    FUZZ_CHECK(!same_ignoring_case(trimmed(attribute.substr(0, attribute.find('='))), "domain"));
  }
}

}  // namespace

void fuzz(std::string_view input) {
  check_proxy_header(input);
  check_fields(input);
  check_host(input);
  check_cookie(input);
}

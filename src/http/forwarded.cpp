#include "http/forwarded.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/grammar.hpp"

namespace faasta::http {
namespace {

auto malformed() { return fail(Code::http_malformed, "the forwarded field is not as RFC 7239 says"); }

/// Reads forwarded-pair *( ";" forwarded-pair ). Each pair can be empty.
Result<ForwardedElement> read_element(Scanner& scanner) {
  ForwardedElement element;
  do {
    scanner.skip_blanks();
    const std::string_view name = scanner.token();
    if (!name.empty()) {
      if (!scanner.take('=')) return malformed();
      const auto value = scanner.value();
      // Addresses, hosts and schemes have no backslash, so nothing needs to be unescaped.
      if (!value || value->find('\\') != std::string_view::npos) return malformed();
      if (same_ignoring_case(name, "for")) element.node = *value;
      if (same_ignoring_case(name, "proto")) element.proto = *value;
      if (same_ignoring_case(name, "host")) element.host = *value;
    }
    scanner.skip_blanks();
  } while (scanner.take(';'));
  return element;
}

/// Returns the values of all fields with this name, from the last value to the first.
std::vector<std::string_view> values_from_the_last(const RequestHead& head, std::string_view name) {
  std::vector<std::string_view> out;
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (!same_ignoring_case(field->name, name)) continue;
    for (std::string_view rest = field->value; !rest.empty();) {
      const std::size_t comma = rest.rfind(',');
      const std::string_view value = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!value.empty()) out.push_back(value);
      rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
  }
  return out;
}

std::string_view value_at(const std::vector<std::string_view>& values, std::size_t index) {
  return values.empty() ? std::string_view() : values[std::min(index, values.size() - 1)];
}

}  // namespace

Result<std::vector<ForwardedElement>> forwarded_elements(const RequestHead& head) {
  std::vector<ForwardedElement> out;
  for (const FieldView& field : head.fields) {
    if (!same_ignoring_case(field.name, "forwarded")) continue;
    Scanner scanner(field.value);
    for (bool more = true; more;) {
      auto element = read_element(scanner);
      if (!element) return std::unexpected(element.error());
      const bool says = !element->node.empty() || !element->proto.empty() || !element->host.empty();
      if (says) out.push_back(*element);
      more = scanner.take(',');
    }
    if (!scanner.at_end()) return malformed();
  }
  std::ranges::reverse(out);
  return out;
}

std::vector<ForwardedElement> x_forwarded_elements(const RequestHead& head) {
  const auto nodes = values_from_the_last(head, "x-forwarded-for");
  const auto protos = values_from_the_last(head, "x-forwarded-proto");
  const auto hosts = values_from_the_last(head, "x-forwarded-host");
  std::vector<ForwardedElement> out;
  if (nodes.empty() && (!protos.empty() || !hosts.empty()))
    out.push_back({{}, value_at(protos, 0), value_at(hosts, 0)});
  for (std::size_t i = 0; i < nodes.size(); ++i) out.push_back({nodes[i], value_at(protos, i), value_at(hosts, i)});
  return out;
}

std::optional<asio::ip::address> node_address(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = node.substr(end + 1);
    if (!behind.empty() && !behind.starts_with(':')) return std::nullopt;
    node = node.substr(1, end - 1);
  } else if (std::ranges::count(node, ':') == 1) {
    node = node.substr(0, node.find(':'));
  }
  boost::system::error_code wrong;
  const auto address = asio::ip::make_address(std::string(node), wrong);
  if (wrong) return std::nullopt;
  return address;
}

}  // namespace faasta::http

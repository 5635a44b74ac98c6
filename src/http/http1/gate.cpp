#include "http/http1/gate.hpp"

#include <algorithm>

#include "base/propagate.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/host.hpp"
#include "http/request_rules.hpp"

namespace faasta::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

auto malformed(std::string text) { return fail(Code::http_malformed, std::move(text)); }

Result<int> parse_version(std::string_view version) {
  if (version == "HTTP/1.1") return 1;
  if (version == "HTTP/1.0") return 0;
  const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
  if (shaped) return fail(Code::http_version, "only HTTP/1.0 and HTTP/1.1 are served");
  return malformed("the request line does not end in an HTTP version");
}

Result<> parse_request_line(std::string_view line, Http1Head& head, const HeadLimits& limits) {
  RequestHead& request = head.request;
  request.method = take_until(line, " ");
  request.target = take_until(line, " ");
  RETURN_IF_ERROR(check_method(request.method));
  if (request.target.size() > limits.target_bytes)
    return fail(Code::http_target_too_long, "more than " + std::to_string(limits.target_bytes) + " bytes");
  if (line.find(' ') != std::string_view::npos) return malformed("the request line has more than three parts");
  ASSIGN_OR_RETURN(head.minor_version, parse_version(line));
  if (!is_target(request.target)) return malformed("the request target has a byte that may not be there");
  return {};
}

Result<> parse_field(std::string_view line, RequestHead& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a field line has no colon");
  const FieldView field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
  // A name that starts with a space is a folded line; a name that ends with a space is used for request smuggling.
  if (!is_token(field.name)) return malformed("a field name is not a token");
  if (!is_field_value(field.value)) return malformed("a field value has a control character");
  head.fields.push_back(field);
  return {};
}

/// Checks that there is exactly one host field. In HTTP/1.0, the field can be missing. The value of the field is used
/// only if the target has no authority.
Result<> decide_host(RequestHead& head, bool needed) {
  const auto is_host = [](const FieldView& f) { return same_ignoring_case(f.name, "host"); };
  const auto count = std::ranges::count_if(head.fields, is_host);
  if (count > 1 || (count == 0 && needed)) return malformed("there is not exactly one host field");
  if (count == 1) head.host = std::ranges::find_if(head.fields, is_host)->value;
  if (!head.host.empty() && !is_authority(head.host))
    return malformed("the host field is not a host with an optional port");
  return {};
}

/// RFC 9112 section 3.2.2: the authority in the target replaces the host field. `at` points to the bytes of the target.
/// If the path is empty and a query follows, the missing slash overwrites a byte of the scheme.
Result<> take_absolute_form(RequestHead& head, char* at) {
  std::string_view rest = head.target;
  const std::string_view scheme = take_until(rest, "://");
  if (!same_ignoring_case(scheme, "http") && !same_ignoring_case(scheme, "https"))
    return malformed("the target is neither a path nor an http URL");
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (!is_authority(authority)) return malformed("the authority of the target is not a host with an optional port");
  rest.remove_prefix(authority.size());
  if (rest.empty()) {
    head.target = head.method == "OPTIONS" ? "*" : "/";  // RFC 9112 section 3.2.4, RFC 9110 section 4.2.3
  } else if (rest.starts_with('/')) {
    head.target = rest;
  } else {
    char* const from = at + (authority.data() - head.target.data());
    std::copy(from, from + authority.size(), from - 1);
    from[authority.size() - 1] = '/';
    authority = {from - 1, authority.size()};
    head.target = {from + authority.size() - 1, rest.size() + 1};
  }
  head.set_host(authority);
  return {};
}

/// RFC 9112 section 3.2: the target is in origin form or absolute form, or it is "*" for OPTIONS.
Result<> decide_target(RequestHead& head, char* at) {
  if (head.target == "*") {
    if (head.method != "OPTIONS") return malformed("the target '*' is for OPTIONS");
  } else if (!head.target.starts_with('/')) {
    if (auto taken = take_absolute_form(head, at); !taken) return taken;
  }
  if (head.host.empty()) return malformed("neither the host field nor the target names a host");
  if (head.host.ends_with(':')) head.set_host(head.host.substr(0, head.host.size() - 1));  // RFC 3986 section 6.2.3
  return {};
}

/// RFC 9112 section 6.1: the codings of all transfer-encoding fields together must be one "chunked".
Result<> decide_codings(Http1Head& head) {
  std::size_t codings = 0;
  bool chunked_last = false;
  bool chunked_before = false;
  for (const FieldView& field : head.request.fields) {
    if (!same_ignoring_case(field.name, "transfer-encoding")) continue;
    head.framing = Framing::chunked;
    ListReader list(field.value);
    while (const auto coding = list.next()) {
      ++codings;
      chunked_before = chunked_before || chunked_last;
      chunked_last = same_ignoring_case(coding->name, "chunked");
      if (chunked_last && coding->has_parameters) return malformed("the coding chunked has no parameters");
      if (!coding->value.empty()) return malformed("a transfer coding has a value");
    }
    if (!list.well_formed()) return malformed("transfer-encoding is not a list of codings");
  }
  if (head.framing != Framing::chunked) return {};
  if (head.minor_version == 0) return malformed("HTTP/1.0 has no transfer-encoding");
  if (!chunked_last || chunked_before) return malformed("the transfer coding chunked is not the last, and once");
  if (codings > 1) return fail(Code::http_not_implemented, "the only transfer coding that is served is chunked");
  return {};
}

/// Decides the framing by RFC 9112 section 6.3. Refuses every case that two parsers could understand differently.
Result<> decide_framing(Http1Head& head) {
  RETURN_IF_ERROR(decide_codings(head));
  std::size_t lengths = 0;
  std::uint64_t length = 0;
  for (const FieldView& field : head.request.fields) {
    if (!same_ignoring_case(field.name, "content-length")) continue;
    ++lengths;
    ASSIGN_OR_RETURN(length, parse_content_length(field.value));
  }
  if (lengths > 1) return malformed("the length of the body is given more than once");
  if (lengths > 0 && head.framing == Framing::chunked)
    return malformed("both transfer-encoding and content-length are given");
  if (head.framing == Framing::chunked) {
    head.request.body_length.reset();
  } else if (length > 0) {
    head.framing = Framing::length;
    head.request.body_length = length;
  }
  return {};
}

/// Reads one `connection` field: "close", or names of fields that are for this connection only.
Result<> take_connection_options(std::string_view list, Http1Head& head) {
  while (!list.empty()) {
    const std::string_view option = trimmed(take_until(list, ","));
    if (same_ignoring_case(option, "close")) {
      head.keep_alive = false;
    } else if (!option.empty() && !is_hop_by_hop(option)) {
      if (!is_token(option)) return malformed("connection is not a list of tokens");
      if (head.connection_fields.size() == head.request.fields.size())
        return malformed("connection lists more fields than there are");
      head.connection_fields.push_back(option);
    }
  }
  return {};
}

Result<> decide_connection(Http1Head& head) {
  head.keep_alive = head.minor_version == 1;
  for (const FieldView& field : head.request.fields) {
    if (same_ignoring_case(field.name, "connection")) {
      RETURN_IF_ERROR(take_connection_options(field.value, head));
    } else if (same_ignoring_case(field.name, "te")) {
      ASSIGN_OR_RETURN(const bool takes, takes_trailers(field.value));
      head.request.takes_trailers = head.request.takes_trailers || takes;
    } else if (same_ignoring_case(field.name, "expect")) {
      ASSIGN_OR_RETURN(const bool expects, expects_continue(field.value));
      head.expects_continue = head.expects_continue || (expects && head.minor_version == 1);
    }
  }
  return {};
}

}  // namespace

Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HeadLimits& limits) {
  // Each line feed must follow a carriage return, and a line feed must follow each carriage return. Parsers differ
  // about a CR or LF alone.
  for (std::size_t i = scanned; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\n' && (i == 0 || bytes[i - 1] != '\r')) return malformed("a line ends in a bare line feed");
    if (c != '\n' && i > 0 && bytes[i - 1] == '\r') return malformed("there is a bare carriage return");
    if (c == '\0') return malformed("there is a NUL byte");
    if (c == '\n' && i >= 3 && bytes.substr(i - 3, 4) == "\r\n\r\n") {
      if (i + 1 > limits.head_bytes) break;
      return i + 1;
    }
  }
  scanned = bytes.size();
  if (bytes.size() <= limits.head_bytes) return 0;
  if (bytes.find(kLineEnd) == std::string_view::npos) {
    return fail(Code::http_target_too_long,
                "the request line has more than " + std::to_string(limits.head_bytes) + " bytes");
  }
  return fail(Code::http_head_too_large, "more than " + std::to_string(limits.head_bytes) + " bytes");
}

std::size_t leading_empty_line(std::string_view bytes) noexcept {
  return bytes.starts_with(kLineEnd) ? kLineEnd.size() : 0;
}

void Http1Head::drop_fields_of_connection() {
  const auto before = [](std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, [](char x, char y) { return lowered(x) < lowered(y); });
  };
  std::ranges::sort(connection_fields, before);  // so that many names cost little
  std::erase_if(request.fields, [&](const FieldView& field) {
    return is_hop_by_hop(field.name) || std::ranges::binary_search(connection_fields, field.name, before);
  });
}

Result<Http1Head> parse_head(std::string& text, const HeadLimits& limits) {
  const auto too_many = [&limits] {
    return fail(Code::http_head_too_large, "more than " + std::to_string(limits.fields) + " fields");
  };
  Http1Head head;
  RequestHead& request = head.request;
  std::string_view bytes = text;
  bytes.remove_suffix(kLineEnd.size());  // removes the empty line; each line below ends with its own CRLF
  RETURN_IF_ERROR(parse_request_line(take_until(bytes, kLineEnd), head, limits));
  while (!bytes.empty()) {
    if (request.fields.size() == limits.fields) return too_many();
    RETURN_IF_ERROR(parse_field(take_until(bytes, kLineEnd), request));
  }
  RETURN_IF_ERROR(decide_host(request, head.minor_version == 1));
  RETURN_IF_ERROR(decide_target(request, text.data() + (request.target.data() - text.data())));
  if (request.fields.size() > limits.fields) return too_many();  // with the host of the target as one more field
  RETURN_IF_ERROR(decide_framing(head));
  RETURN_IF_ERROR(decide_connection(head));
  return head;
}

}  // namespace faasta::http

#include "http/http2/head.hpp"

#include <fmt/format.h>

#include "base/propagate.hpp"
#include "base/text.hpp"
#include "http/host.hpp"
#include "http/http2/limits.hpp"
#include "http/request_rules.hpp"
#include "http/trailer.hpp"

namespace faasta::http::http2 {
namespace {

auto malformed(std::string text) { return fail(Code::http_malformed, std::move(text)); }

}  // namespace

Head::Taken Head::add(std::string_view name, std::string_view value, std::size_t room) {
  if (++all_ > kAllFields) return Taken::abuse;
  constexpr std::size_t kMostText = 64U << 10U;  // HeadLimits::head_bytes; more text is not stored
  constexpr std::size_t kLongestMethod = 32;     // the same as in check_method()
  const bool crumb = name == "cookie";
  if (crumb) ++crumbs_;
  const std::size_t text = name.size() + value.size();
  if (all_ > kStoredFields || crumbs_ > kCrumbs || text + kFieldCost > room || cost() + text > kMostText)
    too_large_ = true;
  // The method is still stored, because the answer to a HEAD has no content, even if the request is refused.
  if (too_large_ && (name != ":method" || value.size() > kLongestMethod)) return Taken::dropped;
  if (crumb) {
    if (!cookies_.empty()) cookies_ += "; ";
    cookies_ += value;
    return Taken::yes;
  }
  fields_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
  return Taken::yes;
}

std::size_t Head::cost() const noexcept { return text_.size() + cookies_.size() + fields_.size() * kFieldCost; }

FieldView Head::view(const Place& place) const noexcept {
  const std::string_view text(text_);
  return {text.substr(place.begin, place.name), text.substr(place.begin + place.name, place.value)};
}

std::string_view Head::pseudo(std::string_view name) const noexcept {
  // RFC 9113 section 8.3: pseudo-fields come before all other fields.
  for (const Place& place : fields_) {
    const FieldView field = view(place);
    if (field.name == name) return field.value;
    if (!field.name.starts_with(':')) break;
  }
  return {};
}

std::string_view Head::method() const noexcept { return pseudo(":method"); }

Result<RequestHead> Head::request(bool has_body, const HeadLimits& limits) {
  RequestHead head;
  head.method = method();
  head.target = pseudo(":path");
  const std::string_view scheme = pseudo(":scheme");
  if (too_large_) return fail(Code::http_head_too_large, "too many or too long fields");
  RETURN_IF_ERROR(check_method(head.method));
  if (head.target.size() > limits.target_bytes)
    return fail(Code::http_target_too_long, fmt::format("more than {} bytes", limits.target_bytes));
  if (!is_target(head.target)) return malformed("the request target has a byte that may not be there");
  const bool asterisk = head.target == "*" && head.method == "OPTIONS";
  if (!head.target.starts_with('/') && !asterisk) return malformed("the path does not begin with a slash");
  if (!same_ignoring_case(scheme, "http") && !same_ignoring_case(scheme, "https"))
    return malformed("the scheme is neither http nor https");
  RETURN_IF_ERROR(decide_host(head, pseudo(":authority")));
  RETURN_IF_ERROR(decide(head, has_body));
  if (head.fields.size() > limits.fields)
    return fail(Code::http_head_too_large, fmt::format("more than {} fields", limits.fields));
  if (!cookies_.empty())
    head.fields.push_back({"cookie", cookies_});  // the loop above does not count cookie fields; crumbs_ does
  return head;
}

/// RFC 9113 section 8.3.1: the host is the authority, or the host field if there is no authority. If there are both,
/// they must be equal.
Result<> Head::decide_host(RequestHead& head, std::string_view authority) {
  std::size_t hosts = 0;
  for (const Place& place : fields_) {
    const FieldView field = view(place);
    if (field.name != "host") continue;
    if (++hosts > 1 || (!authority.empty() && !same_ignoring_case(authority, field.value)))
      return malformed("the host field and the authority are not the same");
    head.host = field.value;
  }
  if (!authority.empty()) head.host = authority;
  if (head.host.empty()) return malformed("the request names no host");
  if (!is_authority(head.host)) return malformed("the authority is not a host with an optional port");
  if (head.host.ends_with(':')) head.host.remove_suffix(1);  // RFC 3986 section 6.2.3
  head.fields.push_back({"host", head.host});
  return {};
}

Result<> Head::decide(RequestHead& head, bool has_body) {
  if (has_body) head.body_length.reset();
  std::size_t lengths = 0;
  for (const Place& place : fields_) {
    const FieldView field = view(place);
    if (field.name.starts_with(':') || field.name == "host") continue;
    if (!is_token(field.name) || !is_field_value(field.value))
      return malformed("a field has a byte that may not be there");
    if (field.name == "content-length") {
      if (++lengths > 1) return malformed("the length of the body is given more than once");
      ASSIGN_OR_RETURN(const std::uint64_t length, parse_content_length(field.value));
      if (!has_body && length > 0) return malformed("there is no body of the length that content-length says");
      head.body_length = length;
    }
    if (field.name == "te") {
      ASSIGN_OR_RETURN(head.takes_trailers, takes_trailers(field.value));
    }
    if (field.name == "expect") {
      ASSIGN_OR_RETURN(expects_continue_, http::expects_continue(field.value));
    }
    if (!is_hop_by_hop(field.name)) head.fields.push_back(field);
  }
  return {};
}

Result<std::vector<Field>> Head::trailers() const {
  if (too_large_) return fail(Code::http_head_too_large, "the trailers are too large");
  std::vector<Field> out;
  for (const Place& place : fields_) {
    const FieldView field = view(place);
    if (may_be_trailer(field.name)) out.push_back({std::string(field.name), std::string(field.value)});
  }
  return out;
}

}  // namespace faasta::http::http2

#include "pages/same_origin.hpp"

#include <algorithm>

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace faasta::pages {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

/// Returns the value of a field that occurs exactly once.
std::optional<std::string_view> only(const http::RequestHead& request, std::string_view name) {
  const auto is_it = [name](const FieldView& field) { return same_ignoring_case(field.name, name); };
  if (std::ranges::count_if(request.fields, is_it) != 1) return std::nullopt;
  return std::ranges::find_if(request.fields, is_it)->value;
}

}  // namespace

Result<> check_same_origin(const http::RequestHead& request, std::string_view scheme) {
  const auto origin = only(request, "origin");
  const std::string own = lowered(std::string(scheme) + "://" + std::string(request.host));
  if (!origin || lowered(*origin) != own)
    return fail(Code::cross_site_form, "the field 'origin' does not name this server");
  if (request.field("sec-fetch-site") && only(request, "sec-fetch-site") != "same-origin")
    return fail(Code::cross_site_form, "the browser says that another site sent the form");
  std::string_view type = request.field("content-type").value_or("");
  if (lowered(trimmed(take_until(type, ';'))) != kForm) return fail(Code::cross_site_form, "the body is not a form");
  return {};
}

Result<> check_reader(const http::RequestHead& request) {
  if (!request.field("sec-fetch-site")) return {};
  const auto site = only(request, "sec-fetch-site");
  if (site == "same-origin" || site == "none") return {};
  const bool whole_window = !request.field("sec-fetch-dest") || only(request, "sec-fetch-dest") == "document";
  if (only(request, "sec-fetch-mode") == "navigate" && whole_window) return {};
  return fail(Code::cross_site_form, "the browser says that a page of another site made the request");
}

std::string proof_of(std::string_view session_secret) {
  return sha256("faasta form " + std::string(session_secret)).hex();
}

Result<> check_proof(std::string_view session_secret, std::string_view given) {
  // Compares digests, so that the time of the comparison reveals nothing about the proof.
  if (sha256(given) != sha256(proof_of(session_secret)))
    return fail(Code::cross_site_form, "the form is of another session");
  return {};
}

}  // namespace faasta::pages

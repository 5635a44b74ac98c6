#pragma once
// A form of the dashboard must come from a page of the dashboard. Functions are other origins of the same site, so the
// attribute SameSite of a cookie does not keep their pages out.

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/request.hpp"

namespace faasta::pages {

/// Checks the fields by which a browser tells from which page a request comes: `origin` must be there and name this
/// server (`scheme` and the host of the request), `sec-fetch-site` must be `same-origin` if it is there, and the body
/// must be a form. Fails with cross_site_form.
[[nodiscard]] Result<> check_same_origin(const http::RequestHead& request, std::string_view scheme);

/// Checks a request that reads: if the browser says that a page of another origin made it, it must be a navigation of a
/// whole window, as after a click on a link. Fails with cross_site_form.
[[nodiscard]] Result<> check_reader(const http::RequestHead& request);

/// The text that each form of a session sends in its field `proof`. It follows from the secret of the session, which
/// pages of other origins cannot read.
[[nodiscard]] std::string proof_of(std::string_view session_secret);
/// Fails with cross_site_form if `given` is not the proof.
[[nodiscard]] Result<> check_proof(std::string_view session_secret, std::string_view given);

}  // namespace faasta::pages

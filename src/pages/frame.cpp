#include "pages/frame.hpp"

#include <fmt/format.h>

namespace faasta::pages {

Html framed(std::string_view title, const Viewer& viewer, const Html& main) {
  Html page;
  page << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
       << title
       << " - Faasta</title>\n<link rel=\"stylesheet\" href=\"/dashboard/style.css\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n</head>\n<body>\n";
  if (!viewer.login.empty()) {
    page << "<header>\n<a class=\"brand\" href=\"/dashboard\">Faasta</a>\n<nav aria-label=\"Dashboard\">\n"
            "<a href=\"/dashboard\">Functions</a>\n<a href=\"/dashboard/domains\">Domains</a>\n";
    if (viewer.operates) page << "<a href=\"/dashboard/server\">Server</a>\n";
    page << "</nav>\n<form method=\"post\" action=\"/dashboard/sign-out\">" << proof_field(viewer)
         << "<button class=\"plain\">Sign out " << viewer.login << "</button></form>\n</header>\n";
  }
  page << "<main>\n" << main << "</main>\n</body>\n</html>\n";
  return page;
}

Html error_page(const Error& error, const Viewer& viewer, std::string_view request_id) {
  const CodeInfo& code = info(error.code);
  Html main;
  main << "<h1>" << code.title << "</h1>\n";
  // A failure of the server is for its log, not for the person.
  if (!error.detail.empty() && code.status < 500) main << "<p>" << error.detail << "</p>\n";
  main << "<p>" << error.advice() << ".</p>\n<p><a href=\"/dashboard\">To the functions</a></p>\n<p class=\"note\">"
       << code.id << ", request " << request_id << "</p>\n";
  return framed(code.title, viewer, main);
}

Html time_text(SystemTime time) {
  const std::string exact = rfc3339(time);
  Html out;
  out << "<time datetime=\"" << exact << "\">" << exact.substr(0, 10) << " " << exact.substr(11, 5) << "</time>";
  return out;
}

std::string duration_text(std::uint64_t us) {
  const double ms = static_cast<double>(us) / 1000;
  if (us < 10'000) return fmt::format("{:.2f} ms", ms);
  return us < 1'000'000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.1f} s", ms / 1000);
}

std::string size_text(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes < 1U << 10U) return fmt::format("{} B", bytes);
  return bytes < 1U << 20U ? fmt::format("{:.1f} KiB", size / (1U << 10U))
                           : fmt::format("{:.1f} MiB", size / (1U << 20U));
}

Html proof_field(const Viewer& viewer) {
  Html out;
  out << "<input type=\"hidden\" name=\"proof\" value=\"" << viewer.proof << "\">";
  return out;
}

}  // namespace faasta::pages

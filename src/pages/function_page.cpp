#include "pages/function_page.hpp"

namespace faasta::pages {
namespace {

Html imports(const VersionLine& version) {
  Html out;
  for (const std::string& import : version.added) out << "<li class=\"added\">+ " << import << "</li>\n";
  for (const std::string& import : version.removed) out << "<li class=\"removed\">- " << import << "</li>\n";
  Html list;
  if (!out.text().empty()) list << "<ul class=\"imports\">\n" << out << "</ul>\n";
  return list;
}

Html roll_back_form(const FunctionDetails& function, const VersionLine& version, const Viewer& viewer) {
  Html out;
  if (version.live) {
    out << "<strong>live</strong>";
  } else if (function.may_roll_back) {
    out << "<form method=\"post\" action=\"" << Url::path({"dashboard", "functions", function.name, "rollback"})
        << "\">" << proof_field(viewer) << "<input type=\"hidden\" name=\"version\" value=\"" << version.number
        << "\"><button>Make v" << version.number << " live</button></form>";
  }
  return out;
}

Html versions(const FunctionDetails& function, const Viewer& viewer) {
  Html out;
  out << "<h2>Versions</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Versions\">\n<table>\n<thead><tr><th scope=\"col\">Version</th><th "
         "scope=\"col\">Deployed</th><th scope=\"col\">Size</th><th scope=\"col\">Message, changed imports</th><th "
         "scope=\"col\">State</th></tr></thead>\n<tbody>\n";
  for (const VersionLine& version : function.versions) {
    out << "<tr><th scope=\"row\">v" << version.number;
    for (const std::string& alias : version.aliases) out << " <span class=\"mark\">" << alias << "</span>";
    out << "</th><td>" << time_text(version.created) << "</td><td>" << size_text(version.size) << "</td><td>"
        << version.message << imports(version) << "</td><td>" << roll_back_form(function, version, viewer)
        << "</td></tr>\n";
  }
  out << "</tbody>\n</table>\n</div>\n";
  return out;
}

Html failures(const FunctionDetails& function) {
  Html out;
  out << "<h2>Last errors</h2>\n";
  if (function.failed.empty()) {
    out << "<p class=\"empty\">The log has no call that failed.</p>\n";
    return out;
  }
  for (const FailedCall& call : function.failed) {
    out << "<details class=\"failed\">\n<summary><time datetime=\"" << call.time << "\">" << call.time << "</time> <b>"
        << call.outcome << "</b> " << call.call << ", v" << call.version << "</summary>\n";
    if (call.text.empty()) {
      out << "<p class=\"empty\">The log has no text for it.</p>\n</details>\n";
    } else {
      out << "<pre tabindex=\"0\">" << call.text << "</pre>\n</details>\n";
    }
  }
  return out;
}

Html delete_form(const FunctionDetails& function, const Viewer& viewer) {
  Html out;
  if (!function.may_delete) return out;
  out << "<details class=\"danger\">\n<summary>Delete the function</summary>\n<form method=\"post\" action=\""
      << Url::path({"dashboard", "functions", function.name, "delete"}) << "\">\n"
      << proof_field(viewer)
      << "\n<p>All versions, logs and domains of the function will be gone.</p>\n<label>Its name, "
      << "to be sure <input name=\"name\" autocomplete=\"off\" required maxlength=\"40\"></label>\n"
         "<button class=\"bad\">Delete</button>\n</form>\n</details>\n";
  return out;
}

}  // namespace

Html function_page(const FunctionDetails& function, const Viewer& viewer) {
  Html main;
  main << "<h1>" << function.name << "</h1>\n";
  if (const auto url = Url::elsewhere(function.url))
    main << "<p><a href=\"" << *url << "\" rel=\"noreferrer\">" << function.url << "</a>, live: v" << function.live
         << "</p>\n";
  if (!function.suspension.empty())
    main << "<p class=\"bad note\">The operator has suspended the function: " << function.suspension << "</p>\n";
  if (!function.lock.empty()) main << "<p class=\"note\">The live version is locked: " << function.lock << "</p>\n";
  main << "<h2>The last hour</h2>\n<dl class=\"figures\">\n<div><dt>Calls</dt><dd>" << function.calls
       << "</dd></div>\n<div><dt>Errors</dt><dd>" << function.failures << "</dd></div>\n<div><dt>Cold starts</dt><dd>"
       << function.cold_starts << "</dd></div>\n<div><dt>Mean cold start</dt><dd>"
       << duration_text(function.cold_mean_us) << "</dd></div>\n</dl>\n"
       << chart_of_hour(function.minutes, function.now) << versions(function, viewer) << failures(function)
       << "<h2>Log</h2>\n<p class=\"note\" id=\"log-state\">The log needs a script. <code>faasta logs " << function.name
       << "</code> shows it too.</p>\n<ol id=\"log\" class=\"log\" tabindex=\"0\" aria-label=\"Log\" data-log=\""
       << Url::path({"dashboard", "functions", function.name, "log"}) << "\"></ol>\n"
       << delete_form(function, viewer) << "<script type=\"module\" src=\"/dashboard/script.js\"></script>\n";
  return framed(function.name, viewer, main);
}

}  // namespace faasta::pages

#include "pages/functions_page.hpp"

#include <fmt/format.h>

namespace faasta::pages {
namespace {

Url part_of(const FunctionList& list, const std::string& after) {
  Url url = Url::path({"dashboard"});
  if (!list.search.empty()) url.with("q", list.search);
  if (!after.empty()) url.with("after", after);
  return url;
}

Html advice() {
  Html out;
  out << "<p>You have no functions yet. Three commands make one:</p>\n"
         "<pre>faasta new hello\ncd hello\nfaasta deploy</pre>\n";
  return out;
}

Html line(const FunctionLine& one) {
  Html out;
  out << "<tr><th scope=\"row\"><a href=\"" << Url::path({"dashboard", "functions", one.name}) << "\">" << one.name
      << "</a>";
  if (one.suspended) out << " <span class=\"bad mark\">suspended</span>";
  if (one.locked) out << " <span class=\"mark\">locked</span>";
  out << "</th><td>v" << one.version << "</td><td>" << one.calls << "</td>";
  if (one.failures > 0) {
    out << "<td class=\"bad\">" << one.failures << "</td>";
  } else {
    out << "<td>0</td>";
  }
  if (one.calls == 0) {
    out << "<td>-</td><td>-</td>";
  } else {
    out << "<td>" << duration_text(one.p99_us) << "</td><td>"
        << fmt::format("{:.1f} %", 100 * static_cast<double>(one.cold_starts) / static_cast<double>(one.calls))
        << "</td>";
  }
  out << "</tr>\n";
  return out;
}

}  // namespace

Html functions_page(const FunctionList& list, const Viewer& viewer) {
  Html main;
  main << "<h1>Functions</h1>\n";
  const bool has_none = list.lines.empty() && list.first && list.search.empty();
  if (has_none) {
    main << advice();
    return framed("Functions", viewer, main);
  }
  main << "<form class=\"search\" method=\"get\" action=\"/dashboard\" role=\"search\">\n<label>Part of a name "
          "<input name=\"q\" type=\"search\" maxlength=\"40\" value=\""
       << list.search << "\"></label>\n<button>Search</button>\n</form>\n";
  if (list.lines.empty()) {
    main << "<p class=\"empty\">There is no function here.</p>\n<p><a href=\"/dashboard\">All functions</a></p>\n";
    return framed("Functions", viewer, main);
  }
  main << "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Functions\">\n<table>\n<caption>Figures of "
          "the last hour</caption>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Live</th><th "
          "scope=\"col\">Calls</th><th scope=\"col\">Errors</th><th scope=\"col\">p99</th><th scope=\"col\">Cold "
          "starts</th></tr></thead>\n<tbody>\n";
  for (const FunctionLine& one : list.lines) main << line(one);
  main << "</tbody>\n</table>\n</div>\n";
  if (!list.first || !list.next.empty()) {
    main << "<p class=\"pages\">";
    if (!list.first) main << "<a href=\"" << part_of(list, {}) << "\">From the beginning</a> ";
    if (!list.next.empty()) main << "<a href=\"" << part_of(list, list.next) << "\" rel=\"next\">Next</a>";
    main << "</p>\n";
  }
  return framed("Functions", viewer, main);
}

}  // namespace faasta::pages

#include "pages/other_pages.hpp"

namespace faasta::pages {
namespace {

/// A text of the operator: a link if it is one.
void public_text(Html& out, const Markup& title, const std::string& text) {
  if (text.empty()) return;
  if (const auto url = Url::elsewhere(text)) {
    out << "<li><a href=\"" << *url << "\">" << title << "</a></li>\n";
  } else {
    out << "<li>" << title << ": " << text << "</li>\n";
  }
}

}  // namespace

Html landing_page(const Landing& landing) {
  Html main;
  main << "<h1>Faasta</h1>\n<p>This machine runs functions: WebAssembly components that speak <code>wasi:http</code>, "
          "each at an address of its own.</p>\n<p>A function answers at <code>NAME."
       << landing.base_domain << "</code>, the API at <code>api." << landing.base_domain
       << "</code>.</p>\n<p>Three commands make a function:</p>\n<pre>faasta new hello\ncd hello\nfaasta "
          "deploy</pre>\n<p><a class=\"button\" href=\"/dashboard\">Dashboard</a></p>\n";
  Html texts;
  public_text(texts, "Report abuse", landing.texts.contact);
  public_text(texts, "Terms of use", landing.texts.terms);
  public_text(texts, "Privacy", landing.texts.privacy);
  if (!texts.text().empty()) main << "<ul class=\"public\">\n" << texts << "</ul>\n";
  return framed(landing.base_domain, {}, main);
}

Html sign_in_page(const SignIn& sign_in) {
  Html main;
  main << "<h1>Sign in</h1>\n";
  if (!sign_in.problem.empty()) main << "<p class=\"bad note\" role=\"alert\">" << sign_in.problem << "</p>\n";
  if (!sign_in.code.empty()) {
    main << "<form method=\"post\" action=\"/dashboard/sign-in\">\n<input type=\"hidden\" name=\"code\" value=\""
         << sign_in.code << "\">\n<button>Go on</button>\n</form>\n"
         << "<p class=\"note\">The link comes from <code>faasta dashboard</code>. It can be used once, within a "
            "minute. Go on only if you ran this command yourself.</p>\n";
    return framed("Sign in", {}, main);
  }
  if (sign_in.github) main << "<p><a class=\"button\" href=\"/dashboard/github\">Sign in with GitHub</a></p>\n";
  main << "<form method=\"post\" action=\"/dashboard/sign-in\">\n<label>A token <input name=\"token\" "
          "type=\"password\" autocomplete=\"off\" spellcheck=\"false\" required maxlength=\"200\"></label>\n"
          "<button>Sign in</button>\n</form>\n<p class=\"note\"><code>faasta dashboard</code> signs you in without a "
          "token.</p>\n";
  return framed("Sign in", {}, main);
}

Html domains_page(const DomainList& list, const Viewer& viewer) {
  Html main;
  main << "<h1>Domains</h1>\n";
  if (!list.off.empty()) main << "<p class=\"empty\">The server has no custom domains: " << list.off << "</p>\n";
  if (list.off.empty() && list.domains.empty())
    main << "<p>You have no domains of your own. A command adds one to a function:</p>\n<pre>faasta domain add "
            "www.example.com</pre>\n";
  if (!list.domains.empty()) {
    main << "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Domains\">\n<table>\n<thead><tr><th "
            "scope=\"col\">Domain</th><th scope=\"col\">Function</th><th scope=\"col\">State</th><th "
            "scope=\"col\">First certificate</th></tr></thead>\n<tbody>\n";
    for (const DomainLine& one : list.domains) {
      main << "<tr><th scope=\"row\">" << one.host << "</th><td><a href=\""
           << Url::path({"dashboard", "functions", one.function}) << "\">" << one.function << "</a></td><td>"
           << one.state;
      if (!one.problem.empty()) main << ": <span class=\"bad\">" << one.problem << "</span>";
      main << "</td><td>";
      if (one.certified) main << time_text(*one.certified);
      main << "</td></tr>\n";
    }
    main << "</tbody>\n</table>\n</div>\n";
  }
  if (!list.certificates.empty()) {
    main << "<h2>Certificates of the server</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
            "aria-label=\"Certificates\">\n<table>\n<thead><tr><th scope=\"col\">Names</th><th "
            "scope=\"col\">Source</th><th scope=\"col\">Ends</th><th scope=\"col\">Days "
            "left</th></tr></thead>\n<tbody>\n";
    for (const CertificateLine& one : list.certificates) {
      main << "<tr><th scope=\"row\">" << one.names << "</th><td>" << one.source;
      if (!one.problem.empty()) main << ": <span class=\"bad\">" << one.problem << "</span>";
      main << "</td><td>" << time_text(one.ends) << "</td><td>" << one.days_left << "</td></tr>\n";
    }
    main << "</tbody>\n</table>\n</div>\n";
  }
  return framed("Domains", viewer, main);
}

Html server_page(const ServerState& state, const Viewer& viewer) {
  Html main;
  main << "<h1>Server</h1>\n<dl class=\"figures\">\n";
  for (const auto& [name, value] : state.figures)
    main << "<div><dt>" << name << "</dt><dd>" << value << "</dd></div>\n";
  main << "</dl>\n<h2>Owners</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"Owners\">\n<table>\n<thead><tr><th scope=\"col\">Owner</th><th scope=\"col\">Functions</th><th "
          "scope=\"col\">Stored</th></tr></thead>\n<tbody>\n";
  for (const OwnerLine& one : state.owners) {
    main << "<tr><th scope=\"row\">" << one.login;
    if (one.suspended) main << " <span class=\"bad mark\">suspended</span>";
    main << "</th><td>" << one.functions << "</td><td>" << size_text(one.stored_bytes) << "</td></tr>\n";
  }
  main << "</tbody>\n</table>\n</div>\n";
  return framed("Server", viewer, main);
}

}  // namespace faasta::pages

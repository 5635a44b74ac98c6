#include "http/page.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

TEST(Page, EscapesItsTitle) {
  const std::string page = small_page("a <b>", Html()).text();
  EXPECT_NE(page.find("<title>a &lt;b&gt;</title>"), std::string::npos) << page;
}

TEST(Page, IsForWhoAsksForHtmlByName) {
  const auto wants = [](std::string_view accept) {
    RequestHead head;
    head.fields = {{"Accept", accept}};
    return wants_page(head);
  };
  for (const char* browser :
       {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "TEXT/HTML", "*/*, text/html;q=0.1"})
    EXPECT_TRUE(wants(browser)) << browser;
  for (const char* program :
       {"", "*/*", "application/json, text/html", "text/html;q=0", "text/*", "application/problem+json",
        "text/html, application/problem+json;q=0.1", "text/html2", "(text/html)"})
    EXPECT_FALSE(wants(program)) << program;
  EXPECT_FALSE(wants_page(RequestHead()));
}

}  // namespace
}  // namespace faasta::http

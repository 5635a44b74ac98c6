#include "http/page.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

TEST(Page, EscapesWhatHtmlWouldReadAsMarkup) {
  EXPECT_EQ(html_escaped("<a href='x' title=\"y\">&amp;"), "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;");
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

#include "base/html.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

template <class Part>
concept Writable = requires(Html& html, const Part& part) { html << part; };

// Only literals are markup. A pointer to characters could be any text, so it cannot be written at all.
static_assert(!Writable<const char*>);
static_assert(!Writable<char>);
static_assert(!Writable<bool>);
static_assert(!std::is_constructible_v<Markup, std::string>);
static_assert(!std::is_constructible_v<Markup, std::string_view>);
static_assert(!std::is_constructible_v<Markup, const char*>);
static_assert(Writable<std::string>);

std::string written(const std::string& text) {
  Html html;
  html << "<p title=\"" << text << "\">" << text << "</p>";
  return html.text();
}

TEST(Html, EscapesEachTextThatIsNoLiteral) {
  EXPECT_EQ(written("<script>alert('1')</script> & \"more\""),
            "<p title=\"&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;\">"
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;</p>");
}

TEST(Html, ReplacesBytesThatAreNoUtf8) { EXPECT_EQ(written("a\xff"), "<p title=\"a\xef\xbf\xbd\">a\xef\xbf\xbd</p>"); }

TEST(Html, WritesNumbersAndParts) {
  Html part;
  part << "<b>" << 7 << "</b>";
  Html html;
  html << part << std::uint64_t{18'446'744'073'709'551'615U};
  EXPECT_EQ(html.text(), "<b>7</b>18446744073709551615");
}

TEST(Html, LetsNoTextBecomeAUrl) {
  Html html;
  html << "<a href=\"" << std::string("javascript:alert(1)") << "\">";
  EXPECT_EQ(html.text(), "<a href=\"#\">");
}

TEST(Url, EscapesTheSegmentsOfAPathAndTheQuery) {
  EXPECT_EQ(Url::path({"a b", "c/d", "\"x\""}).with("q", "a&b=c").with("r", "2").text(),
            "/a%20b/c%2Fd/%22x%22?q=a%26b%3Dc&r=2");
  EXPECT_EQ(Url::path({}).text(), "/");
  Html html;
  html << "<a href=\"" << Url::path({"a"}).with("b", "1").with("c", "2") << "\">";
  EXPECT_EQ(html.text(), "<a href=\"/a?b=1&amp;c=2\">");
}

TEST(Url, LeadsElsewhereByHarmlessSchemesOnly) {
  EXPECT_EQ(Url::elsewhere("https://example.com/terms")->text(), "https://example.com/terms");
  EXPECT_TRUE(Url::elsewhere("mailto:abuse@example.com"));
  for (const char* text : {"javascript:alert(1)", "data:text/html,x", " https://example.com", "https://exa\nmple.com",
                           "//example.com", "JavaScript:x", ""})
    EXPECT_FALSE(Url::elsewhere(text)) << text;
}

}  // namespace
}  // namespace faasta

#include "pages/same_origin.hpp"

#include <gtest/gtest.h>

namespace faasta::pages {
namespace {

http::RequestHead head(std::vector<FieldView> fields) {
  http::RequestHead out;
  out.host = "Example.com:8443";
  out.fields = std::move(fields);
  return out;
}

constexpr FieldView kForm{"content-type", "application/x-www-form-urlencoded; charset=utf-8"};

TEST(SameOrigin, TakesFormsOfItsOwnPages) {
  EXPECT_TRUE(check_same_origin(head({{"origin", "https://example.com:8443"}, kForm}), "https"));
  EXPECT_TRUE(check_same_origin(
      head({{"Origin", "https://example.com:8443"}, {"Sec-Fetch-Site", "same-origin"}, kForm}), "https"));
}

TEST(SameOrigin, RefusesAllOthers) {
  const auto refused = [](std::vector<FieldView> fields, std::string_view scheme = "https") {
    const auto checked = check_same_origin(head(std::move(fields)), scheme);
    return !checked && checked.error().code == Code::cross_site_form;
  };
  EXPECT_TRUE(refused({kForm}));
  EXPECT_TRUE(refused({{"origin", "https://example.com:8443"}}));
  EXPECT_TRUE(refused({{"origin", "https://example.com:8443"}, kForm}, "http"));
  EXPECT_TRUE(refused({{"origin", "https://example.com"}, kForm}));
  EXPECT_TRUE(refused({{"origin", "https://example.com:8443"}, {"origin", "https://example.com:8443"}, kForm}));
  EXPECT_TRUE(refused({{"origin", "https://example.com:8443"}, {"sec-fetch-site", "none"}, kForm}));
}

TEST(SameOrigin, LetsOtherPagesOnlyLeadPeopleHere) {
  const auto passes = [](std::vector<FieldView> fields) { return check_reader(head(std::move(fields))).has_value(); };
  EXPECT_TRUE(passes({}));
  EXPECT_TRUE(passes({{"sec-fetch-site", "same-origin"}, {"sec-fetch-mode", "cors"}}));
  EXPECT_TRUE(passes({{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}}));
  for (const std::string_view site : {"same-site", "cross-site"}) {
    EXPECT_TRUE(passes({{"sec-fetch-site", site}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"}}));
    EXPECT_TRUE(passes({{"sec-fetch-site", site}, {"sec-fetch-mode", "navigate"}}));
    EXPECT_FALSE(passes({{"sec-fetch-site", site}, {"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "iframe"}}));
    EXPECT_FALSE(passes({{"sec-fetch-site", site}, {"sec-fetch-mode", "no-cors"}, {"sec-fetch-dest", "image"}}));
    EXPECT_FALSE(passes({{"sec-fetch-site", site}}));
  }
  EXPECT_FALSE(passes({{"sec-fetch-site", "none"}, {"sec-fetch-site", "cross-site"}}));
}

TEST(Proof, BelongsToOneSession) {
  EXPECT_TRUE(check_proof("one", proof_of("one")));
  EXPECT_FALSE(check_proof("one", proof_of("other")));
  EXPECT_FALSE(check_proof("one", "one"));
  EXPECT_FALSE(check_proof("one", ""));
  EXPECT_EQ(proof_of("one").find("one"), std::string::npos);
}

}  // namespace
}  // namespace faasta::pages

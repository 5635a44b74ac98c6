#include "cli/client/server_url.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

std::string parsed(std::string_view text) {
  const auto url = ServerUrl::parse(text);
  return url ? url->str() : "refused: " + url.error().detail;
}

TEST(ServerUrl, PutsApiInFrontOfAName) {
  EXPECT_EQ(parsed("http://localhost:8080"), "http://api.localhost:8080");
  EXPECT_EQ(parsed("https://Faas.Example.com/"), "https://api.faas.example.com");
  EXPECT_EQ(parsed("https://api.example.com"), "https://api.example.com");
}

TEST(ServerUrl, GivesALoopbackAddressTheNameOfTheApi) {
  EXPECT_EQ(parsed("http://127.0.0.1:8080"), "http://api.localhost:8080");
  EXPECT_EQ(parsed("127.0.0.1:8080"), "http://api.localhost:8080");
  EXPECT_EQ(ServerUrl::parse("http://127.0.0.1:8080")->address(), "");
  EXPECT_EQ(parsed("http://[::1]:8080"), "http://api.localhost:8080");
  EXPECT_EQ(ServerUrl::parse("http://[::1]:8080")->address(), "[::1]");
  EXPECT_EQ(ServerUrl::parse("http://127.0.0.5:8080")->address(), "127.0.0.5");
  EXPECT_EQ(ServerUrl::parse("http://127.0.0.5:8080")->function_origin("hello"), "http://hello.localhost:8080");
}

TEST(ServerUrl, SaysWhatToUseInPlaceOfAnotherAddress) {
  for (const std::string_view text : {"http://192.0.2.7:8080", "https://[2001:db8::1]", "http://0.0.0.0:8080"}) {
    EXPECT_TRUE(parsed(text).starts_with("refused:")) << text;
    EXPECT_NE(parsed(text).find("base domain"), std::string::npos) << text;
  }
}

TEST(ServerUrl, ChoosesTheSchemeWhereNoneIsGiven) {
  EXPECT_EQ(parsed("localhost:8080"), "http://api.localhost:8080");
  EXPECT_EQ(parsed("example.com"), "https://api.example.com");
}

TEST(ServerUrl, DropsTheUsualPort) { EXPECT_EQ(parsed("https://example.com:443"), "https://api.example.com"); }

TEST(ServerUrl, RefusesWhatIsMoreThanAServer) {
  EXPECT_EQ(parsed("ftp://example.com"), "refused: --server 'ftp://example.com' is neither http:// nor https://");
  EXPECT_EQ(parsed("https://example.com/v1"),
            "refused: --server 'https://example.com/v1' has more than scheme, host and port");
  EXPECT_EQ(parsed("https://me:secret@example.com").substr(0, 8), "refused:");
  EXPECT_EQ(parsed("https://example.com?x=1").substr(0, 8), "refused:");
  EXPECT_EQ(parsed("").substr(0, 8), "refused:");
}

TEST(ServerUrl, DerivesTheOriginOfAFunction) {
  EXPECT_EQ(ServerUrl::parse("http://localhost:8080")->function_origin("hello"), "http://hello.localhost:8080");
  EXPECT_EQ(ServerUrl::parse("https://example.com")->function_origin("hello"), "https://hello.example.com");
}

TEST(ServerUrl, KnowsUrlsAtItsBaseDomain) {
  const auto server = *ServerUrl::parse("https://api.example.com:8443");
  EXPECT_TRUE(server.is_at_base("https://example.com:8443/dashboard/sign-in?code=1"));
  for (const char* other :
       {"http://example.com:8443/", "https://example.com/", "https://example.com:84430/", "https://example.com:8443",
        "https://example.com:8443@evil.example/", "https://example.com.evil.example:8443/", "file:///etc/passwd",
        "https://hello.example.com:8443/", "javascript:alert(1)", " https://example.com:8443/", ""})
    EXPECT_FALSE(server.is_at_base(other)) << other;
  EXPECT_TRUE(ServerUrl::parse("127.0.0.1:8080")->is_at_base("http://localhost:8080/dashboard"));
}

TEST(ServerUrl, TellsWhatCanBeReadOnTheWay) {
  EXPECT_TRUE(ServerUrl::parse("http://example.com")->in_the_clear());
  EXPECT_FALSE(ServerUrl::parse("https://example.com")->in_the_clear());
  EXPECT_FALSE(ServerUrl::parse("http://127.0.0.1")->in_the_clear());
  EXPECT_FALSE(ServerUrl::parse("http://localhost")->in_the_clear());
  EXPECT_TRUE(ServerUrl::parse("http://127.example.com")->in_the_clear());
}

}  // namespace
}  // namespace faasta::cli

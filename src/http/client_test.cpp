#include "http/client.hpp"

#include <gtest/gtest.h>

#include "http/forwarded.hpp"

namespace faasta::http {
namespace {

TrustedProxies trusted(std::vector<std::string> networks) {
  auto parsed = TrustedProxies::parse(networks, "example.test");
  EXPECT_TRUE(parsed.has_value());
  return std::move(*parsed);
}

TEST(TrustedProxies, KnowsItsNetworks) {
  const auto proxies = trusted({"10.0.0.0/8", "192.0.2.7", "fd00:1::/33", "::1", "198.51.100.128/25"});
  for (const char* in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:192.0.2.7", "::ffff:10.1.2.3", "::1",
                         "fd00:1:7fff::1", "198.51.100.128", "198.51.100.255"})
    EXPECT_TRUE(proxies.has(asio::ip::make_address(in))) << in;
  for (const char* out : {"11.0.0.0", "9.255.255.255", "192.0.2.6", "::2", "fd00:1:8000::1", "198.51.100.127",
                          "::", "::ffff:11.0.0.0", "::10.1.2.3"})
    EXPECT_FALSE(proxies.has(asio::ip::make_address(out))) << out;
  EXPECT_TRUE(trusted({"0.0.0.0/0"}).has(asio::ip::make_address("203.0.113.1")));
  EXPECT_FALSE(trusted({"0.0.0.0/0"}).has(asio::ip::make_address("2001:db8::1")));
  EXPECT_TRUE(trusted({"::/0"}).has(asio::ip::make_address("203.0.113.1")));
  EXPECT_FALSE(TrustedProxies().has(asio::ip::make_address("127.0.0.1")));
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
                           "proxy.test", "fd00::/129", "fd00::1/64", "10.0.0/8", "10.0.0.0/8/8"}) {
    const std::vector<std::string> networks = {text};
    EXPECT_FALSE(TrustedProxies::parse(networks, {}).has_value()) << text;
  }
}

struct Forwarded {
  const char* why;
  std::vector<FieldView> fields;
  const char* address;  ///< null: the request is refused
  const char* scheme = "http";
  const char* host = "a.example.test";
};

/// Each request is from 10.0.0.1, which is trusted like all of 10.0.0.0/8.
const Forwarded kForwarded[] = {
    {"no field", {}, "10.0.0.1"},
    {"one address", {{"x-forwarded-for", "203.0.113.9"}}, "203.0.113.9"},
    {"one address and its scheme",
     {{"X-Forwarded-For", "203.0.113.9"}, {"x-forwarded-proto", "HTTPS"}},
     "203.0.113.9",
     "https"},
    {"the scheme alone", {{"x-forwarded-proto", "https"}}, "10.0.0.1", "https"},
    {"what the client wrote before it", {{"x-forwarded-for", "1.2.3.4, 203.0.113.9"}}, "203.0.113.9"},
    {"what the client wrote in a line of its own",
     {{"x-forwarded-for", "1.2.3.4"}, {"x-forwarded-for", "203.0.113.9"}},
     "203.0.113.9"},
    {"two proxies", {{"x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
    {"two proxies that each say a scheme",
     {{"x-forwarded-for", "203.0.113.9, 10.0.0.2"}, {"x-forwarded-proto", "https, http"}},
     "203.0.113.9",
     "https"},
    {"proxies alone", {{"x-forwarded-for", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
    {"ports", {{"x-forwarded-for", "203.0.113.9:4711, 10.0.0.2:1"}}, "203.0.113.9"},
    {"IPv6", {{"x-forwarded-for", "2001:db8::9"}}, "2001:db8::9"},
    {"IPv6 with a port", {{"x-forwarded-for", "[2001:db8::9]:4711"}}, "2001:db8::9"},
    {"IPv4 in IPv6", {{"x-forwarded-for", "::ffff:203.0.113.9"}}, "203.0.113.9"},
    {"a name instead of an address", {{"x-forwarded-for", "203.0.113.9, unknown"}}, "10.0.0.1"},
    {"empty elements", {{"x-forwarded-for", ", 203.0.113.9 ,, "}}, "203.0.113.9"},
    {"the standard field", {{"forwarded", "for=203.0.113.9;proto=https"}}, "203.0.113.9", "https"},
    {"the standard field, quoted",
     {{"forwarded", "For=\"[2001:db8::9]:4711\" ; Proto=\"https\""}},
     "2001:db8::9",
     "https"},
    {"the standard field with a client's own before",
     {{"forwarded", "for=1.2.3.4;proto=https, for=203.0.113.9"}},
     "203.0.113.9"},
    {"the standard field of two proxies",
     {{"forwarded", "for=203.0.113.9;proto=https;by=_x"}, {"forwarded", "for=10.0.0.2;proto=http"}},
     "203.0.113.9",
     "https"},
    {"a hidden client", {{"forwarded", "for=_hidden;proto=https"}}, "10.0.0.1", "https"},
    {"both, of one mind",
     {{"forwarded", "for=203.0.113.9;proto=https"}, {"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "https"}},
     "203.0.113.9",
     "https"},
    {"both, of two minds", {{"forwarded", "for=1.2.3.4"}, {"x-forwarded-for", "203.0.113.9"}}, nullptr},
    {"both, of two schemes",
     {{"forwarded", "for=203.0.113.9;proto=https"}, {"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "http"}},
     nullptr},
    {"another scheme", {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "gopher"}}, nullptr},
    {"an open quote", {{"forwarded", "for=\"203.0.113.9"}}, nullptr},
    {"no value", {{"forwarded", "for="}}, nullptr},
    {"a backslash", {{"forwarded", "for=\"203.0.113.\\9\""}}, nullptr},
    {"no comma", {{"forwarded", "for=203.0.113.9 for=1.2.3.4"}}, nullptr},
    {"a host beside one of ours", {{"x-forwarded-host", "b.example.test"}}, "10.0.0.1"},
    {"a host in the place of the server's own address",
     {{"host", "127.0.0.1:8080"}, {"x-forwarded-host", "b.example.test"}},
     "10.0.0.1",
     "http",
     "b.example.test"},
    {"the same in the standard field",
     {{"host", "127.0.0.1:8080"}, {"forwarded", "for=203.0.113.9;host=\"b.example.test:8443\""}},
     "203.0.113.9",
     "http",
     "b.example.test:8443"},
    {"a host that is none", {{"host", "127.0.0.1"}, {"x-forwarded-host", "b/c"}}, nullptr},
};

TEST(TrustedProxies, TakesTheirWordFromRightToLeft) {
  const auto proxies = trusted({"10.0.0.0/8"});
  for (const Forwarded& c : kForwarded) {
    RequestHead head;
    head.fields = c.fields;
    head.set_host(head.field("host").value_or("a.example.test"));
    Client client = client_at(asio::ip::make_address("10.0.0.1"));
    const auto taken = proxies.take_forwarded(head, client);
    ASSERT_EQ(taken.has_value(), c.address != nullptr) << c.why;
    if (!taken) {
      EXPECT_EQ(taken.error().code, Code::http_malformed) << c.why;
      continue;
    }
    EXPECT_EQ(client.address, c.address) << c.why;
    EXPECT_EQ(client.network, ClientNetwork(asio::ip::make_address(c.address))) << c.why;
    EXPECT_EQ(client.is_proxy, proxies.has(asio::ip::make_address(c.address))) << c.why;
    EXPECT_EQ(client.is_forwarded, !client.is_proxy) << c.why;
    EXPECT_EQ(client.scheme, c.scheme) << c.why;
    EXPECT_TRUE(client.proxied);
    EXPECT_EQ(head.host, c.host) << c.why;
    EXPECT_EQ(head.field("host"), c.host) << c.why;
  }
}

TEST(Forwarded, KnowsTheFormsOfANode) {
  const std::pair<std::string_view, std::string_view> good[] = {{"1.2.3.4", "1.2.3.4"}, {"1.2.3.4:5", "1.2.3.4"},
                                                                {"[::1]", "::1"},       {"[::1]:80", "::1"},
                                                                {"::1", "::1"},         {"1.2.3.4:_x", "1.2.3.4"}};
  for (const auto& [text, address] : good) {
    ASSERT_TRUE(node_address(text).has_value()) << text;
    EXPECT_EQ(node_address(text)->to_string(), address);
  }
  for (const char* bad : {"", "unknown", "_x", "[::1", "[::1]x", "1.2.3", "1.2.3.4.5", "a:1"})
    EXPECT_FALSE(node_address(bad).has_value()) << bad;
}

}  // namespace
}  // namespace faasta::http

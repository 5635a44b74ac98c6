#include "http/client_network.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

ClientNetwork network(const char* address) { return ClientNetwork(boost::asio::ip::make_address(address)); }

TEST(ClientNetwork, IsAnAddressOrTheNetworkOfOne) {
  EXPECT_EQ(network("192.0.2.7").text(), "192.0.2.7");
  EXPECT_EQ(network("::ffff:192.0.2.7"), network("192.0.2.7"));
  EXPECT_NE(network("192.0.2.7"), network("192.0.2.8"));
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6").text(), "2001:db8:1:2::/64");
  EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
  EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
  EXPECT_EQ(network("fe80::1%1").text(), "fe80::/64");
}

TEST(ClientNetwork, HasAKeyOfItsOwn) {
  EXPECT_EQ(network("2001:db8::1").key(), network("2001:db8::2").key());
  EXPECT_NE(network("2001:db8::1").key(), network("192.0.2.7").key());
  EXPECT_EQ(std::hash<ClientNetwork>()(network("2001:db8::1")), std::hash<ClientNetwork>()(network("2001:db8::2")));
}

}  // namespace
}  // namespace faasta::http

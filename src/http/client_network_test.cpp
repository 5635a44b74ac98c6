#include "http/client_network.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

TEST(ClientNetwork, IsAnAddressOrTheNetworkOfOne) {
  EXPECT_EQ(client_network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_network("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_network("2001:db8:1:2::1"), client_network("2001:db8:1:2:ffff::"));
  EXPECT_NE(client_network("2001:db8:1:2::1"), client_network("2001:db8:1:3::1"));
  EXPECT_EQ(client_network("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(client_network("unknown"), "unknown");
}

}  // namespace
}  // namespace faasta::http

#include "cli/client/loopback_origin.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

using Addresses = std::vector<std::string>;

TEST(LoopbackOrigin, HasItsAddresses) {
  EXPECT_EQ(loopback_addresses("http://127.0.0.1:8191"), Addresses{"127.0.0.1:8191"});
  EXPECT_EQ(loopback_addresses("http://127.0.0.2"), Addresses{"127.0.0.2:80"});
  EXPECT_EQ(loopback_addresses("https://[::1]"), Addresses{"[::1]:443"});
  EXPECT_EQ(loopback_addresses("http://[::1]:3001"), Addresses{"[::1]:3001"});
  EXPECT_EQ(loopback_addresses("http://localhost:3001"), (Addresses{"127.0.0.1:3001", "[::1]:3001"}));
  EXPECT_EQ(loopback_addresses("http://db.localhost/"), (Addresses{"127.0.0.1:80", "[::1]:80"}));
}

TEST(LoopbackOrigin, IsNoOtherMachine) {
  for (const char* origin :
       {"http://10.0.0.1:80", "https://api.example.com", "http://localhost.example", "ftp://127.0.0.1",
        "http://127.0.0.1:", "http://127.0.0.1:a", "http://127.0.0.1:80:90", "http://", ""})
    EXPECT_TRUE(loopback_addresses(origin).empty()) << origin;
}

}  // namespace
}  // namespace faasta::cli

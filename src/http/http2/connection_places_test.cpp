// HTTP/2 connections and the limits by client network.

#include "http/connection_places.hpp"

#include <gtest/gtest.h>

#include "http/http2/limits.hpp"
#include "unit/http2_connection.hpp"

namespace faasta::http {
namespace {

using test::Http2Client;

class Http2PlacesTest : public test::Http2ConnectionTest {
 protected:
  const ClientNetwork network_{asio::ip::make_address("192.0.2.1")};
};

TEST_F(Http2PlacesTest, ANetworkAboveItsRateWaits) {
  place_ = places_.enter(network_);
  int begun = 0;
  open([&begun](Exchange& exchange) {
    ++begun;
    return answer_with_target(exchange);
  });
  for (int i = 0; i < 5; ++i) client_->ask();
  settle();
  EXPECT_EQ(begun, 3) << "the requests of a second, and the one that goes above the rate";
  look_after(std::chrono::seconds(2));
  EXPECT_EQ(begun, 4);
  look_after(std::chrono::seconds(4));
  EXPECT_EQ(begun, 5);
}

TEST_F(Http2PlacesTest, YieldsWhileItIsIdle) {
  place_ = places_.enter(network_);
  open(answer_with_target);
  client_->ask();
  settle();
  connection_->yield();
  settle();
  EXPECT_FALSE(over_) << "it has had a request a moment ago";
  EXPECT_FALSE(places_.enter(network_));
  look_after(Connection::kActive);
  const auto other = places_.enter(network_);
  EXPECT_TRUE(other);
  settle();
  EXPECT_TRUE(over_);
  EXPECT_EQ(goaway(), 0U) << "the client knows that it may connect again";
  connection_.reset();
}

}  // namespace
}  // namespace faasta::http

#include "http/connection_places.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faasta::http {
namespace {

using PlaceRef = std::unique_ptr<ConnectionPlaces::Place>;

ClientNetwork network(const char* address) { return ClientNetwork(asio::ip::make_address(address)); }
const ClientNetwork kAnn = network("192.0.2.1");
const ClientNetwork kBob = network("192.0.2.2");
const ClientNetwork kEve = network("2001:db8::1");

/// A connection that is idle until it is asked to yield.
struct IdleConnection final : Yielding {
  void yield() override { asked = true; }
  bool asked = false;
};

class ConnectionPlacesTest : public testing::Test {
 protected:
  ConnectionPlaces& open(const ConnectionPlaces::Limits& limits) { return places_.emplace(limits); }
  /// Returns a connection that is idle, and its place.
  std::shared_ptr<IdleConnection> rest(const PlaceRef& place) {
    auto connection = std::make_shared<IdleConnection>();
    place->rest(connection, loop_);
    return connection;
  }
  void run() {
    loop_->restart();
    loop_->poll();
  }
  std::vector<PlaceRef> enter(const ClientNetwork& network, int count) {
    std::vector<PlaceRef> out;
    for (int i = 0; i < count; ++i) {
      out.push_back(places_->enter(network));
      EXPECT_TRUE(out.back()) << i;
    }
    return out;
  }

  std::shared_ptr<asio::io_context> loop_ = std::make_shared<asio::io_context>(1);
  std::optional<ConnectionPlaces> places_;
};

TEST_F(ConnectionPlacesTest, ANetworkHasALimit) {
  open({.all = 100, .of_network = 3});
  auto anns = enter(kAnn, 3);
  EXPECT_FALSE(places_->enter(kAnn));
  EXPECT_TRUE(places_->enter(kBob));
  EXPECT_EQ(places_->counts().refused, 1U);
  anns.pop_back();
  EXPECT_TRUE(places_->enter(kAnn));
}

TEST_F(ConnectionPlacesTest, AProxyHasNoLimitUntilItNamesItsClient) {
  open({.all = 100, .of_network = 1});
  std::vector<PlaceRef> proxies;
  for (int i = 0; i < 10; ++i) proxies.push_back(places_->enter());
  EXPECT_TRUE(proxies[0]->name(kAnn));
  EXPECT_FALSE(proxies[1]->name(kAnn));
  EXPECT_TRUE(proxies[2]->name(kBob));
  EXPECT_FALSE(places_->enter(kAnn));
  proxies[0].reset();
  EXPECT_TRUE(places_->enter(kAnn));
}

/// The own connection that has been idle longest ends for the new one.
TEST_F(ConnectionPlacesTest, AtItsLimitANetworkGivesUpAnIdleConnection) {
  open({.all = 100, .of_network = 3});
  auto anns = enter(kAnn, 3);
  const auto older = rest(anns[1]);
  const auto newer = rest(anns[0]);
  auto fourth = places_->enter(kAnn);
  EXPECT_TRUE(fourth);
  EXPECT_FALSE(older->asked) << "it is asked on its own loop";
  run();
  EXPECT_TRUE(older->asked);
  EXPECT_FALSE(newer->asked);
  EXPECT_EQ(places_->counts().yielded, 1U);
}

TEST_F(ConnectionPlacesTest, TheNetworkThatHasMostMakesRoom) {
  open({.all = 6, .reserve = 1});
  auto anns = enter(kAnn, 2);
  auto eves = enter(kEve, 3);
  const auto anns_idle = rest(anns[0]);
  const auto eves_idle = rest(eves[2]);
  auto bobs = enter(kBob, 1);  // uses the reserve
  EXPECT_EQ(places_->counts().yielded, 0U);
  auto second = places_->enter(kBob);
  EXPECT_TRUE(second);
  run();
  EXPECT_TRUE(eves_idle->asked);
  EXPECT_FALSE(anns_idle->asked);
  EXPECT_FALSE(places_->enter(kBob)) << "Ann's idle connection stays: she has no more connections than Bob";
  EXPECT_TRUE(places_->enter(network("192.0.2.3"))) << "this client has none";
  run();
  EXPECT_TRUE(anns_idle->asked);
}

TEST_F(ConnectionPlacesTest, ThePlacesInReserveAreForNetworksThatHaveNone) {
  open({.all = 4, .reserve = 2});
  auto anns = enter(kAnn, 2);
  EXPECT_FALSE(places_->enter(kAnn));
  EXPECT_FALSE(places_->is_full());
  const auto bob = places_->enter(kBob);
  EXPECT_TRUE(bob);
  EXPECT_FALSE(places_->enter(kBob));
  const auto eve = places_->enter(kEve);
  EXPECT_TRUE(places_->is_full());
}

TEST_F(ConnectionPlacesTest, AServerThatIsFullOfProxiesIsFull) {
  open({.all = 2, .reserve = 1});
  const auto first = places_->enter();
  const auto second = places_->enter();
  EXPECT_TRUE(places_->is_full());
}

TEST_F(ConnectionPlacesTest, AConnectionThatIsUsedAgainStays) {
  open({.all = 100, .of_network = 2});
  auto anns = enter(kAnn, 2);
  const auto idle = rest(anns[0]);
  auto third = places_->enter(kAnn);
  EXPECT_TRUE(third);
  anns[0]->use();  // a request came before the connection could yield
  EXPECT_FALSE(places_->enter(kAnn));
  anns[0].reset();
  EXPECT_FALSE(places_->enter(kAnn)) << "two are left";
  anns[1].reset();
  EXPECT_TRUE(places_->enter(kAnn));
}

TEST_F(ConnectionPlacesTest, AsManyAsAreLeavingAtOnceHaveALimit) {
  constexpr int kMany = 200;
  open({.all = kMany});
  auto eves = enter(kEve, kMany);
  std::vector<std::shared_ptr<IdleConnection>> idle;
  for (const auto& place : eves) idle.push_back(rest(place));
  std::vector<PlaceRef> others;
  while (!places_->is_full()) others.push_back(places_->enter(kBob));
  EXPECT_EQ(others.size(), 64U);
  eves.erase(eves.begin());  // it was asked first, and is gone now
  EXPECT_FALSE(places_->is_full());
}

}  // namespace
}  // namespace faasta::http

#include "supervisor/sockets.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "supervisor/carry.hpp"

namespace faasta::supervisor {
namespace {

void close_all(std::vector<Held>& held) {
  EXPECT_EQ(hold({}, held), "");
  close_unneeded(held, true);
  EXPECT_TRUE(held.empty());
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(Needs, LinesAreRead) {
  const auto needs = parse_needs("lock\t/data/lock\t1\nlisten\t127.0.0.1:80\t4\n");
  ASSERT_TRUE(needs);
  EXPECT_EQ(*needs, (std::vector<Need>{{"lock", "/data/lock", 1}, {"listen", "127.0.0.1:80", 4}}));
}

TEST(Needs, OtherLinesAreRefused) {
  for (const char* const lines : {"", "x\n", "listen\t127.0.0.1:80\n", "listen\t127.0.0.1:80\tmany\n",
                                  "listen\t127.0.0.1:80\t0\n", "listen\t127.0.0.1:80\t1 \n"})
    EXPECT_FALSE(parse_needs(lines)) << lines;
}

TEST(Sockets, EachNeedHasAsManyAsItWants) {
  std::vector<Held> held;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 3}, {"admin_listen", "[::1]:0", 1}}, held), "");
  ASSERT_EQ(held.size(), 4U);
  for (int i = 1; i < 3; ++i) EXPECT_EQ(held[static_cast<std::size_t>(i)].place, held[0].place);
  EXPECT_TRUE(held[3].place.starts_with("[::1]:"));
  close_all(held);
}

TEST(Sockets, ASocketThatIsStillNeededStaysTheSame) {
  std::vector<Held> held;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 2}}, held), "");
  const int first = held[0].descriptor;
  const std::string place = held[0].place;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 2}, {"tls.listen", "127.0.0.1:0", 1}}, held), "");
  EXPECT_EQ(held[0].descriptor, first);
  EXPECT_EQ(held.size(), 3U);
  ASSERT_EQ(hold({{"listen", place, 2}}, held), "");  // the same port, now named in the address
  EXPECT_EQ(held[0].descriptor, first);
  EXPECT_EQ(held.size(), 3U) << "the server that serves has it, and may go on";
  EXPECT_FALSE(held[2].is_needed);
  close_unneeded(held, false);
  EXPECT_EQ(held.size(), 2U);
  close_all(held);
  EXPECT_FALSE(is_open(first));
}

TEST(Sockets, WhatIsNotNeededIsThereForAServerThatGoesBack) {
  std::vector<Held> held;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 1}}, held), "");
  const Held first = held[0];
  ASSERT_EQ(hold({{"listen", "127.0.0.2:0", 1}}, held), "");
  EXPECT_FALSE(held[0].is_needed);
  ASSERT_EQ(hold({{"listen", first.place, 1}}, held), "");
  EXPECT_TRUE(held[0].is_needed);
  EXPECT_EQ(held[0].descriptor, first.descriptor);
  close_all(held);
}

TEST(Sockets, AnAddressGetsMoreSocketsAndNeverFewer) {
  std::vector<Held> held;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 1}}, held), "");
  ASSERT_EQ(hold({{"listen", held[0].place, 3}}, held), "");
  ASSERT_EQ(held.size(), 3U);
  EXPECT_EQ(held[2].place, held[0].place);
  ASSERT_EQ(hold({{"listen", held[0].place, 2}}, held), "");
  EXPECT_EQ(held.size(), 3U);
  EXPECT_TRUE(held[2].is_needed) << "clients may wait in it";
  close_all(held);
}

TEST(Sockets, AnAddressThatIsTakenChangesNothing) {
  std::vector<Held> others;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 1}}, others), "");
  std::vector<Held> held;
  ASSERT_EQ(hold({{"listen", "127.0.0.1:0", 1}}, held), "");
  const auto before = held[0].place;
  const std::string problem = hold({{"admin_listen", "127.0.0.1:0", 1}, {"listen", others[0].place, 1}}, held);
  EXPECT_NE(problem.find(others[0].place), std::string::npos) << problem;
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].place, before);
  EXPECT_TRUE(is_open(held[0].descriptor));
  close_all(held);
  close_all(others);
}

TEST(Sockets, TheLockIsHeldByWhoeverHasTheDescriptor) {
  const std::string path = testing::TempDir() + "supervisor-lock-" + std::to_string(::getpid());
  std::vector<Held> held;
  ASSERT_EQ(hold({{"lock", path, 1}}, held), "");
  std::vector<Held> second;
  EXPECT_NE(hold({{"lock", path, 1}}, second).find("another server"), std::string::npos);
  EXPECT_EQ(::flock(held[0].descriptor, LOCK_EX | LOCK_NB), 0);  // the server calls listen() on its copy, too
  close_all(held);
  std::filesystem::remove(path);
}

TEST(Carry, WhatIsWrittenIsRead) {
  const Carried carried{{{"listen", "127.0.0.1:80", 5}, {"lock", "/a b/lock", 6}},
                        {{10, Server::State::serving, {}}, {9, Server::State::draining, {}}},
                        {{10, 7}},
                        true};
  const Carried read = parse_carried(to_text(carried) + "unknown\ta\tb\tc\nserver\t1\tdancing\t2\n");
  EXPECT_EQ(read.servers, carried.servers);
  EXPECT_EQ(read.controls, carried.controls);
  EXPECT_TRUE(read.has_served);
  ASSERT_EQ(read.held.size(), 2U);
  EXPECT_EQ(read.held[1].place, "/a b/lock");
  EXPECT_EQ(read.held[1].descriptor, 6);
}

}  // namespace
}  // namespace faasta::supervisor

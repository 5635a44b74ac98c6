#include "gateway/address.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

using Kind = Address::Kind;

TEST(Address, GoesByTheHostAlone) {
  const struct {
    const char* host;
    Kind kind;
    const char* name;
  } kCases[] = {
      {"localhost", Kind::apex, ""},
      {"LOCALHOST:8080", Kind::apex, ""},
      {"localhost.", Kind::apex, ""},
      {"api.localhost", Kind::api, ""},
      {"API.localhost.:80", Kind::api, ""},
      {"hello.localhost", Kind::function, "hello"},
      {"Hello.LocalHost:1", Kind::function, "hello"},
      {"a.b.localhost", Kind::unknown, ""},
      {".localhost", Kind::unknown, ""},
      {"hellolocalhost", Kind::foreign, ""},
      {"evil.com", Kind::foreign, ""},
      {"localhost.evil.com", Kind::foreign, ""},
      {"127.0.0.1", Kind::foreign, ""},
      {"[::1]:80", Kind::foreign, ""},
      {"localhost..", Kind::foreign, ""},
      {"hello..localhost", Kind::unknown, ""},
  };
  for (const auto& c : kCases) {
    const Address found = address_of(c.host, "localhost");
    EXPECT_EQ(found.kind, c.kind) << c.host;
    EXPECT_EQ(found.name, c.name) << c.host;
  }
}

TEST(Address, TakesTheLabelOffTheName) {
  for (const char* label : {"v12", "pr-12", "beta"}) {
    const Address found = address_of("hello--" + std::string(label) + ".localhost", "localhost");
    EXPECT_EQ(found.label, label);
    EXPECT_EQ(found.name, "hello");
  }
  for (const char* host : {"hello--v0.localhost", "hello--.localhost", "hello--v99999999999.localhost",
                           "hello--pr--1.localhost", "--v12.localhost"}) {
    EXPECT_EQ(address_of(host, "localhost").label, "") << host;
  }
}

}  // namespace
}  // namespace faasta::gateway

#include "server/machine.hpp"

#include <gtest/gtest.h>

namespace faasta::server {
namespace {

Machine roomy() { return {65'530, 1U << 20U, 1ULL << 47U, 64ULL << 30U}; }

TEST(Machine, AnUsualOneHasWhatTheDefaultsAskFor) {
  const Config config;
  const auto limits = share(roomy(), config);
  ASSERT_TRUE(limits) << limits.error().detail;
  EXPECT_EQ(limits->slots, config.slots);
  EXPECT_EQ(limits->connections, config.connections);
  EXPECT_GT(limits->components, 15'000U);
  EXPECT_TRUE(limits->lowered.empty());
  EXPECT_EQ(limits->memory_bytes, 48ULL << 30U);
}

/// Calls, compile children and an eighth for the rest fit into the memory.
TEST(Machine, CompilesHaveMemoryBesideCalls) {
  for (const std::uint64_t mib : {4'096U, 8'192U, 24'576U, 65'536U}) {
    Machine machine = roomy();
    machine.memory_bytes = mib << 20U;
    machine.cores = 8;
    const auto limits = share(machine, {});
    ASSERT_TRUE(limits) << mib;
    EXPECT_GE(limits->compiles, 2U);
    EXPECT_GE(limits->child_bytes, 768ULL << 20U);
    EXPECT_LE(limits->memory_bytes + (limits->compiles + 1) * limits->child_bytes, machine.memory_bytes / 8 * 7) << mib;
  }
  Machine machine = roomy();
  machine.cores = 2;
  EXPECT_EQ(share(machine, {})->compiles, 2U);
  EXPECT_EQ(share(machine, {})->child_bytes, 2ULL << 30U);
}

TEST(Machine, CallsHaveTheMemoryTogetherThatIsSet) {
  Config config;
  config.all_memory_mb = 300;
  EXPECT_EQ(share(roomy(), config)->memory_bytes, 300ULL << 20U);
  config.all_memory_mb = 170;  // one owner gets at most 3/4 of this, less than the limit of one call
  const auto refused = share(roomy(), config);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().detail.starts_with("limits.memory_mb")) << refused.error().detail;
}

TEST(Machine, ThisOneHasMemory) { EXPECT_GT(Machine::here().memory_bytes, 64ULL << 20U); }

TEST(Machine, TheMostSlotsWithTheLargestMemoriesCanBeAddressed) {
  Config config;
  config.slots = 20'000;
  config.ceilings.memory_bytes = 4ULL << 30U;
  Machine machine = roomy();
  machine.mappings = 1U << 20U;
  const auto limits = share(machine, config);
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->slots, config.slots);
}

struct Case {
  const char* name;
  Machine machine;
  const char* lowered;  ///< how the text in `lowered` begins; null: share() fails
  const char* refused;
};

class Small : public testing::TestWithParam<Case> {};

TEST_P(Small, IsSharedOutOrRefused) {
  Config config;
  config.threads = 2;
  const auto limits = share(GetParam().machine, config);
  if (GetParam().lowered == nullptr) {
    ASSERT_FALSE(limits);
    EXPECT_EQ(limits.error().code, Code::config_invalid);
    EXPECT_TRUE(limits.error().detail.starts_with(GetParam().refused)) << limits.error().detail;
    return;
  }
  ASSERT_TRUE(limits) << limits.error().detail;
  ASSERT_EQ(limits->lowered.size(), 1U);
  EXPECT_TRUE(limits->lowered[0].starts_with(GetParam().lowered)) << limits->lowered[0];
  const Machine& machine = GetParam().machine;
  EXPECT_LE(std::uint64_t{limits->slots + limits->waiting_bodies} * 5 + limits->components * 3U, machine.mappings);
  EXPECT_LE(limits->connections + limits->components, machine.descriptors);
  EXPECT_LE((limits->slots + limits->waiting_bodies) * config.ceilings.memory_bytes, machine.address_bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Machine, Small,
    testing::Values(Case{"Mappings", {8'000, 1U << 20U, 1ULL << 47U}, "engine.slots from 1000 to 560: mappings", ""},
                    Case{"NoMappings", {1'030, 1U << 20U, 1ULL << 47U}, nullptr, "engine.slots"},
                    Case{"Descriptors", {65'530, 1'024, 1ULL << 47U}, "server.connections from 10000 to 446", ""},
                    Case{"NoDescriptors", {65'530, 150, 1ULL << 47U}, nullptr, "server.connections"},
                    Case{"Addresses", {65'530, 1U << 20U, 16ULL << 30U}, "engine.slots from 1000 to 82: address", ""},
                    Case{"NoAddresses", {65'530, 1U << 20U, 2ULL << 30U}, nullptr, "limits.memory_mb"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace faasta::server

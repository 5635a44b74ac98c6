#include "deploy/capabilities.hpp"

#include <gtest/gtest.h>

namespace faasta::deploy {
namespace {

using Names = std::vector<std::string>;

struct Case {
  std::string_view what;
  std::optional<Capabilities> active;
  Capabilities asked;
  bool allow_new;
  std::string_view refusal;  ///< empty: the change is allowed
};

const std::vector<Case> kCases = {
    {"the first version may ask for anything", std::nullopt, {{"wasi:cli/exit"}, {"https://a"}}, false, ""},
    {"the same again", Capabilities{{"wasi:cli/exit"}, {"https://a"}}, {{"wasi:cli/exit"}, {"https://a"}}, false, ""},
    {"another version of an interface",
     Capabilities{{"wasi:cli/exit@0.2.0"}, {}},
     {{"wasi:cli/exit@0.2.3"}, {}},
     false,
     ""},
    {"less", Capabilities{{"wasi:cli/exit"}, {"https://a"}}, {{}, {}}, false, ""},
    {"a new interface", Capabilities{{}, {}}, {{"wasi:cli/exit@0.2.0"}, {}}, false, "it imports wasi:cli/exit"},
    {"a new origin",
     Capabilities{{}, {"https://a"}},
     {{}, {"https://a", "https://b"}},
     false,
     "it sends requests to https://b"},
    {"an origin differs by its port",
     Capabilities{{}, {"https://a"}},
     {{}, {"https://a:8443"}},
     false,
     "it sends requests to https://a:8443"},
    {"both, in order and once each",
     Capabilities{{}, {}},
     {{"b:b/b", "a:a/a@1.0.0", "a:a/a@2.0.0"}, {"https://a"}},
     false,
     "it imports a:a/a, b:b/b, and sends requests to https://a"},
    {"a new interface that is meant", Capabilities{{}, {}}, {{"wasi:cli/exit"}, {}}, true, ""},
};

TEST(CapabilityLock, LetsThroughWhatIsNotNewOrMeant) {
  for (const Case& one : kCases) {
    const auto change = lock_capabilities(one.active, one.asked, one.allow_new);
    if (one.refusal.empty()) {
      EXPECT_TRUE(change) << one.what;
    } else {
      ASSERT_FALSE(change) << one.what;
      EXPECT_EQ(change.error().code, Code::new_capabilities) << one.what;
      EXPECT_EQ(change.error().detail, one.refusal) << one.what;
    }
  }
}

TEST(CapabilityLock, SaysWhatChanges) {
  const Capabilities before{{"wasi:cli/exit@0.2.0", "wasi:io/poll@0.2.0"}, {"https://a"}};
  const auto change =
      lock_capabilities(before, {{"wasi:io/poll@0.2.3", "wasi:random/random@0.2.0"}, {"https://b"}}, true);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added.imports, Names{"wasi:random/random"});
  EXPECT_EQ(change->added.outbound, Names{"https://b"});
  EXPECT_EQ(change->removed.imports, Names{"wasi:cli/exit"});
  EXPECT_EQ(change->removed.outbound, Names{"https://a"});
  EXPECT_EQ(json::serialize(to_json(*change)),
            R"({"added":{"imports":["wasi:random/random"],"outbound":["https://b"]},)"
            R"("removed":{"imports":["wasi:cli/exit"],"outbound":["https://a"]}})");
  EXPECT_TRUE(lock_capabilities(std::nullopt, before, false)->empty()) << "a first version changes nothing";
}

}  // namespace
}  // namespace faasta::deploy

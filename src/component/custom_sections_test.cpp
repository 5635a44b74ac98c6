#include "component/custom_sections.hpp"

#include <gtest/gtest.h>

namespace faasta::component {
namespace {

using namespace std::string_literals;
using Views = std::vector<std::string_view>;

std::string leb(std::size_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(0x80U | (value & 0x7fU));
  return out + static_cast<char>(value);
}
std::string sized(const std::string& bytes) { return leb(bytes.size()) + bytes; }
std::string section(int id, const std::string& content) {
  return std::string(1, static_cast<char>(id)) + sized(content);
}
std::string custom(const std::string& name, const std::string& content) { return section(0, sized(name) + content); }
std::string component(const std::string& sections) { return "\0asm\x0d\0\x01\0"s + sections; }
std::string module(const std::string& sections) { return "\0asm\x01\0\0\0"s + sections; }

/// Three lists: in the component, in a module of the component, and in a module of an inner component.
std::string three() {
  return component(custom(".dep-v0", "one") +
                   section(1, module(custom("name", "x") + custom(".dep-v0", std::string(300, '2')))) +
                   section(4, component(section(1, module(custom(".dep-v0", "three"))))) + section(10, "\0"s));
}

TEST(CustomSections, AreFoundAtEveryDepth) {
  const std::string bytes = three();
  const auto found = custom_sections(bytes, ".dep-v0");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (Views{"one", std::string(300, '2'), "three"}));
  EXPECT_EQ(custom_sections(bytes, "name")->size(), 1U);
  EXPECT_TRUE(custom_sections(bytes, "producers")->empty());
}

TEST(CustomSections, CannotBeHiddenBehindMany) {
  std::string sections;
  for (int i = 0; i < 10'000; ++i) sections += custom("pad", "");
  const std::string bytes = component(sections + custom(".dep-v0", "last"));
  EXPECT_EQ(*custom_sections(bytes, ".dep-v0"), Views{"last"});
}

TEST(CustomSections, OfAModuleIdFourAreNotComponents) {
  // In a core module, the section with id 4 is the table section.
  EXPECT_TRUE(custom_sections(component(section(1, module(section(4, "\0"s)))), "x"));
}

TEST(CustomSections, LeaveOneThatIsTheLast) {
  const auto once = with_custom_section(three(), ".dep-v0", "new");
  ASSERT_TRUE(once);
  EXPECT_EQ(*custom_sections(*once, ".dep-v0"), Views{"new"});
  EXPECT_EQ(*once, component(section(1, module(custom("name", "x"))) + section(4, component(section(1, module("")))) +
                             section(10, "\0"s) + custom(".dep-v0", "new")));
  EXPECT_EQ(*with_custom_section(*once, ".dep-v0", "new"), *once) << "the same bytes again";
}

TEST(CustomSections, OfBytesThatBreakOffAreAnError) {
  const std::string whole = three();
  for (std::size_t length = 0; length < 8; ++length)
    EXPECT_FALSE(custom_sections(whole.substr(0, length), "x")) << length;
  EXPECT_FALSE(custom_sections(whole.substr(0, whole.size() - 1), "x"));
  EXPECT_FALSE(custom_sections(component("\x04\xff\xff\xff\xff\x0f"s), "x"));
  EXPECT_FALSE(custom_sections(component(section(1, "not a module")), "x"));
  std::string deep = component("");
  for (int i = 0; i < 200; ++i) deep = component(section(4, deep));
  EXPECT_EQ(custom_sections(deep, "x").error().code, Code::component_malformed);
}

}  // namespace
}  // namespace faasta::component

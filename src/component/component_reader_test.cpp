#include "component/component_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::component {
namespace {

using namespace std::string_literals;

std::string leb(std::size_t value) {
  std::string out;
  while (value >= 0x80) {
    out += static_cast<char>(0x80U | (value & 0x7fU));
    value >>= 7U;
  }
  return out + static_cast<char>(value);
}
std::string sized(const std::string& bytes) { return leb(bytes.size()) + bytes; }
std::string section(int id, const std::string& content) {
  return std::string(1, static_cast<char>(id)) + sized(content);
}
std::string component(const std::string& sections) { return "\0asm\x0d\0\x01\0"s + sections; }
std::string module(const std::string& sections) { return "\0asm\x01\0\0\0"s + sections; }

/// Imports and exports of an instance.
std::string import_of(const std::string& name) { return "\0"s + sized(name) + "\x05\0"s; }
std::string export_of(const std::string& name) { return "\0"s + sized(name) + "\x05\0\0"s; }

std::string handler_component() {
  return component(section(10, leb(1) + import_of("wasi:io/streams@0.2.0")) +
                   section(11, leb(1) + export_of("wasi:http/incoming-handler@0.2.4")));
}

Code error_of(const std::string& bytes) {
  const auto read = read_component(bytes);
  EXPECT_FALSE(read);
  return read ? Code::io_error : read.error().code;
}

TEST(ComponentReader, ListsImportsAndExports) {
  const std::string bytes = handler_component();
  const auto read = read_component(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->imports, std::vector<std::string>{"wasi:io/streams@0.2.0"});
  EXPECT_EQ(read->exports, std::vector<std::string>{"wasi:http/incoming-handler@0.2.4"});
  EXPECT_TRUE(check_handler(*read));
}

TEST(ComponentReader, ReadsEveryFormOfType) {
  const std::string imports = leb(6) + "\0"s + sized("a") + "\0\x11\x01"s +  // a core module
                              "\0"s + sized("b") + "\x01\x02"s +             // a function
                              "\0"s + sized("c") + "\x02\x01\x7f"s +         // a value of a type
                              "\0"s + sized("d") + "\x03\0\x05"s +           // a type that equals another
                              "\0"s + sized("e") + "\x03\x01"s +             // a resource
                              "\x02"s + sized("f") + "\x01\0"s + sized("1.0") + "\x04\0"s;
  const std::string bytes = component(section(10, imports));
  const auto read = read_component(bytes);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->imports, (std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
}

TEST(ComponentReader, FindsCustomSectionsOfModulesInside) {
  const std::string inner = module(section(0, sized(".dep-v0") + "abc"));
  const std::string bytes = component(section(1, inner) + section(4, component(section(0, sized("note") + "x"))));
  const auto read = read_component(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->core_modules, 1U);
  ASSERT_EQ(read->custom_sections.size(), 2U);
  EXPECT_EQ(read->custom_sections[0].name, ".dep-v0");
  EXPECT_EQ(read->custom_sections[0].bytes, "abc");
  EXPECT_EQ(read->custom_sections[1].name, "note");
}

TEST(ComponentReader, TellsWhatAFileIsInstead) {
  EXPECT_EQ(error_of(""), Code::component_empty);
  EXPECT_EQ(error_of("hello"), Code::component_not_wasm);
  EXPECT_EQ(error_of("\0asm"s), Code::component_malformed);
  EXPECT_EQ(error_of("  ;; a comment\n(component)"), Code::component_text);
  EXPECT_EQ(error_of("(module)"), Code::component_text);
  EXPECT_EQ(error_of(module("")), Code::component_core_module);
  EXPECT_EQ(error_of(module(section(2, leb(1) + sized("wasi_snapshot_preview1") + sized("fd_write") + "\0\0"s))),
            Code::component_p1_command);
  EXPECT_EQ(error_of("\x7f"s + "ELF\x02\x01\x01\xc8"s), Code::component_precompiled);
  EXPECT_EQ(error_of("\x7f"s + "ELF\x02\x01\x01\0"s), Code::component_native);
  EXPECT_EQ(error_of("MZ"), Code::component_native);
  EXPECT_EQ(error_of("PK\x03\x04"), Code::component_archive);
  EXPECT_EQ(error_of("\x1f\x8b\x08"), Code::component_archive);
}

TEST(ComponentReader, RefusesEveryPrefixThatIsCutWithinASection) {
  const std::string whole = handler_component();
  std::size_t valid = 0;
  for (std::size_t length = 8; length < whole.size(); ++length)
    if (read_component(whole.substr(0, length))) ++valid;
  EXPECT_EQ(valid, 2U);  // one after the preamble, and one between the two sections
}

TEST(ComponentReader, SurvivesEveryByteBeingAnyOther) {
  const std::string whole = handler_component();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      static_cast<void>(read_component(bytes));
    }
}

TEST(ComponentReader, RefusesLengthsBeyondTheEnd) {
  EXPECT_EQ(error_of(component("\x0a\xff\xff\xff\xff\x0f"s)), Code::component_malformed);
  EXPECT_EQ(error_of(component("\x0a\xff\xff\xff\xff\xff\xff"s)), Code::component_malformed);
  EXPECT_EQ(error_of(component(section(10, "\xff\xff\xff\xff\x0f"s))), Code::component_malformed);
  EXPECT_EQ(error_of(component(section(10, leb(1) + "\0\xff\xff\xff\xff\x0f"s))), Code::component_malformed);
}

TEST(ComponentReader, RefusesSectionsThatItDoesNotKnow) {
  EXPECT_EQ(error_of(component(section(13, ""))), Code::component_malformed);
}

TEST(ComponentReader, RefusesComponentsNestedWithoutEnd) {
  std::string bytes = component("");
  for (int i = 0; i < 100; ++i) bytes = component(section(4, bytes));
  EXPECT_EQ(error_of(bytes), Code::component_malformed);
}

TEST(ComponentReader, SaysWhereItBreaks) {
  const auto read = read_component(component(section(13, "")));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "the section at byte 8 breaks off or has no valid form");
}

TEST(CheckHandler, TellsACommandFromALibraryFromAnotherVersion) {
  Component command;
  command.exports = {"wasi:cli/run@0.2.0"};
  EXPECT_EQ(check_handler(command).error().code, Code::component_command);
  Component library;
  library.exports = {"wasi:http/incoming-handler-of-mine@0.2.0"};
  EXPECT_EQ(check_handler(library).error().code, Code::component_no_handler);
  Component older;
  older.exports = {"wasi:http/incoming-handler@0.1.0"};
  EXPECT_EQ(check_handler(older).error().code, Code::component_handler_version);
  EXPECT_EQ(check_handler(older).error().detail, "it exports wasi:http/incoming-handler@0.1.0");
}

TEST(CheckWasiVersion, TellsWasi03AndReleaseCandidates) {
  const struct {
    std::vector<std::string> imports;
    std::vector<std::string> exports;
    Code code;
    std::string detail;
  } kCases[] = {
      {{"wasi:http/types@0.3.0"},
       {"wasi:http/handler@0.3.0"},
       Code::component_wasi_p3,
       "it exports wasi:http/handler@0.3.0"},
      {{},
       {"wasi:http/handler@0.3.0-rc-2025-08-15"},
       Code::component_wasi_p3,
       "it exports wasi:http/handler@0.3.0-rc-2025-08-15"},
      {{}, {"wasi:http/handler"}, Code::component_wasi_p3, "it exports wasi:http/handler"},
      {{"wasi:cli/stdout@0.2.3"}, {"wasi:cli/run@0.3.0"}, Code::component_wasi_p3, "it exports wasi:cli/run@0.3.0"},
      {{"wasi:clocks/system-clock@0.3.0"},
       {"wasi:http/incoming-handler@0.2.3"},
       Code::component_wasi_p3,
       "it imports wasi:clocks/system-clock@0.3.0"},
      {{"wasi:io/poll@0.2.0-rc-2023-10-18"},
       {"wasi:http/incoming-handler@0.2.0-rc-2023-10-18"},
       Code::component_handler_version,
       "it exports wasi:http/incoming-handler@0.2.0-rc-2023-10-18"},
      {{}, {"wasi:http/incoming-handler"}, Code::component_handler_version, "it exports wasi:http/incoming-handler"},
      {{},
       {"wasi:http/incoming-handler@0.2."},
       Code::component_handler_version,
       "it exports wasi:http/incoming-handler@0.2."},
  };
  for (const auto& one : kCases) {
    Component component;
    component.imports = one.imports;
    component.exports = one.exports;
    const auto checked = check_handler(component);
    ASSERT_FALSE(checked) << one.detail;
    EXPECT_EQ(checked.error().code, one.code) << one.detail;
    EXPECT_EQ(checked.error().detail, one.detail);
  }
  for (const char* good : {"wasi:http/incoming-handler@0.2.0", "wasi:http/incoming-handler@0.2.12"}) {
    Component component;
    component.exports = {good};
    EXPECT_TRUE(check_handler(component)) << good;
  }
}

}  // namespace
}  // namespace faasta::component

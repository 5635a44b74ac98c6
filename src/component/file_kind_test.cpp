#include "component/file_kind.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta::component {
namespace {

using namespace std::string_literals;

Code code(const std::string& bytes) {
  const auto checked = check_file_kind(bytes);
  return checked ? Code::internal_error : checked.error().code;
}

std::string module_with_imports(const std::string& imports) {
  return std::string(kModulePreamble) + "\x02" + static_cast<char>(imports.size()) + imports;
}

TEST(FileKind, EachHasItsOwnError) {
  const std::string elf =
      "\x7f"
      "ELF\x02\x01\x01"s;
  const struct {
    std::string bytes;
    Code code;
  } kRows[] = {
      {"", Code::component_empty},
      {"\0as"s, Code::component_not_wasm},
      {"\0asm"s, Code::component_malformed},
      {"\0asm\x0d"s, Code::component_malformed},
      {"\0asm\x02\0\0\0"s, Code::component_malformed},
      {std::string(kModulePreamble), Code::component_core_module},
      {module_with_imports("\x01\x03"s + "env"), Code::component_core_module},
      {module_with_imports("\x01\x16wasi_snapshot_preview1"), Code::component_p1_command},
      {module_with_imports("\x01\x0dwasi_unstable"), Code::component_p1_command},
      // The name of an interface in the data must not change the kind: only the imports decide it.
      {std::string(kModulePreamble) + "\x0b\x16wasi_snapshot_preview1", Code::component_core_module},
      {elf + "\0"s, Code::component_native},
      {elf + "\xc8"s, Code::component_precompiled},
      {elf + "\0.wasmtime"s, Code::component_native},
      {"MZ\x90"s, Code::component_native},
      {"\xfe\xed\xfa\xcf"s, Code::component_native},
      {"\xcf\xfa\xed\xfe"s, Code::component_native},
      {"\xca\xfe\xba\xbe"s, Code::component_native},
      {"\x1f\x8b\x08"s, Code::component_archive},
      {"PK\x03\x04"s, Code::component_archive},
      {"PK\x05\x06"s, Code::component_archive},
      {"7z\xbc\xaf\x27\x1c"s, Code::component_archive},
      {"!<arch>\n", Code::component_archive},
      {std::string(257, 'x') + "ustar" + std::string(10, '\0'), Code::component_archive},
      {"(component)", Code::component_text},
      {" \n;; a comment\n\t(module)", Code::component_text},
      {"(; another ;) (module)", Code::component_text},
      {";; a comment alone", Code::component_not_wasm},
      {"#!/bin/sh", Code::component_not_wasm},
      {"(moon)", Code::component_not_wasm},
  };
  for (const auto& row : kRows) EXPECT_EQ(code(row.bytes), row.code) << testing::PrintToString(row.bytes);
  EXPECT_TRUE(check_file_kind(std::string(kComponentPreamble)).has_value());
}

}  // namespace
}  // namespace faasta::component

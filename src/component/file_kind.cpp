#include "component/file_kind.hpp"

#include <algorithm>
#include <string>

#include "component/binary_reader.hpp"

namespace faasta::component {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWasm = "\0asm"sv;
constexpr std::string_view kElf =
    "\x7f"
    "ELF"sv;

struct Signature {
  std::string_view bytes;
  Code code;
  std::string_view what;
};

constexpr Signature kSignatures[] = {
    {"\x1f\x8b"sv, Code::component_archive, "gzip"},
    {"PK\x03\x04"sv, Code::component_archive, "zip"},
    {"PK\x05\x06"sv, Code::component_archive, "an empty zip"},
    {"\xfd"
     "7zXZ\0"sv,
     Code::component_archive, "xz"},
    {"\x28\xb5\x2f\xfd"sv, Code::component_archive, "zstd"},
    {"BZh"sv, Code::component_archive, "bzip2"},
    {"7z\xbc\xaf\x27\x1c"sv, Code::component_archive, "7z"},
    {"!<arch>\n"sv, Code::component_archive, "an ar library"},
    {"MZ"sv, Code::component_native, "a Windows program"},
    {"\xcf\xfa\xed\xfe"sv, Code::component_native, "a macOS program"},
    {"\xfe\xed\xfa\xcf"sv, Code::component_native, "a macOS program"},
    {"\xca\xfe\xba\xbe"sv, Code::component_native, "a macOS program or a Java class"},
};

bool is_tar(std::string_view bytes) { return bytes.size() > 262 && bytes.substr(257, 5) == "ustar"; }

/// Wasmtime's precompiled code is an ELF file with its own OS/ABI value.
bool is_precompiled(std::string_view elf) {
  constexpr std::size_t kOsAbi = 7;
  return elf.size() > kOsAbi && static_cast<unsigned char>(elf[kOsAbi]) == 200;
}

/// Whether the file is in the text format: blanks and comments, then an opening parenthesis.
bool is_text(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    if (!bytes.starts_with(";;")) break;
    bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size()));
  }
  return bytes.starts_with("(component") || bytes.starts_with("(module") || bytes.starts_with("(;");
}

/// Whether the imports of a core module (section 2) use WASI Preview 1.
bool is_preview1(std::string_view module) {
  constexpr std::uint8_t kImports = 2;
  BinaryReader reader(module.substr(kModulePreamble.size()));
  while (!reader.at_end()) {
    const auto id = reader.byte();
    const auto content = reader.sized();
    if (!id || !content) return false;
    if (*id != kImports) continue;
    return content->find("wasi_snapshot_preview1") != std::string_view::npos ||
           content->find("wasi_unstable") != std::string_view::npos;
  }
  return false;
}

}  // namespace

Result<> check_file_kind(std::string_view bytes) {
  if (bytes.empty()) return fail(Code::component_empty);
  if (bytes.starts_with(kComponentPreamble)) return {};
  if (bytes.starts_with(kModulePreamble))
    return fail(is_preview1(bytes) ? Code::component_p1_command : Code::component_core_module);
  if (bytes.starts_with(kWasm))
    return fail(Code::component_malformed, bytes.size() < kComponentPreamble.size()
                                               ? "it ends within its first 8 bytes"
                                               : "its WebAssembly version is not known");
  if (bytes.starts_with(kElf))
    return is_precompiled(bytes) ? fail(Code::component_precompiled)
                                 : fail(Code::component_native, "it is an ELF program or library");
  const auto found = std::ranges::find_if(kSignatures, [&](const Signature& s) { return bytes.starts_with(s.bytes); });
  if (found != std::end(kSignatures)) return fail(found->code, "it is " + std::string(found->what));
  if (is_tar(bytes)) return fail(Code::component_archive, "it is tar");
  if (is_text(bytes)) return fail(Code::component_text);
  return fail(Code::component_not_wasm, "it does not start with the bytes 00 61 73 6d");
}

}  // namespace faasta::component

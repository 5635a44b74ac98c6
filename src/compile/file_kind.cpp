#include "compile/file_kind.hpp"

#include <algorithm>

namespace faasta::compile {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWasm = "\0asm"sv;
constexpr std::string_view kComponent = "\x0d\0\x01\0"sv;  // version 13, layer 1 (component binary format)
constexpr std::string_view kModule = "\x01\0\0\0"sv;

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
    {"\xca\xfe\xba\xbe"sv, Code::component_native, "a macOS program or a Java class"},
};

bool is_tar(std::string_view bytes) { return bytes.size() > 262 && bytes.substr(257, 5) == "ustar"; }

/// Wasmtime's precompiled code is an ELF file with sections of its own.
bool is_precompiled(std::string_view elf) { return elf.find(".wasmtime") != std::string_view::npos; }

bool is_text(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  const std::string_view rest = head.substr(start);
  return rest.starts_with("(component") || rest.starts_with("(module") || rest.starts_with(";;") ||
         rest.starts_with("(;");
}

/// Whether a core module imports WASI Preview 1; its names stand as plain text in the import section.
bool is_p1(std::string_view module) {
  return module.find("wasi_snapshot_preview1") != std::string_view::npos ||
         module.find("wasi_unstable") != std::string_view::npos;
}

}  // namespace

Result<> check_file_kind(std::string_view bytes) {
  if (bytes.empty()) return fail(Code::component_empty);
  if (bytes.starts_with(kWasm)) {
    const std::string_view version = bytes.substr(kWasm.size(), 4);
    if (version == kComponent) return {};
    if (version == kModule) return fail(is_p1(bytes) ? Code::component_p1_command : Code::component_core_module);
    return fail(Code::component_malformed,
                version.size() < 4 ? "it ends within its first 8 bytes" : "its WebAssembly version is not known");
  }
  if (bytes.starts_with("\x7f"
                        "ELF")) {
    return is_precompiled(bytes) ? fail(Code::component_precompiled)
                                 : fail(Code::component_native, "it is an ELF program or library");
  }
  const auto found = std::ranges::find_if(kSignatures, [&](const Signature& s) { return bytes.starts_with(s.bytes); });
  if (found != std::end(kSignatures)) return fail(found->code, "it is " + std::string(found->what));
  if (is_tar(bytes)) return fail(Code::component_archive, "it is tar");
  if (is_text(bytes)) return fail(Code::component_text);
  return fail(Code::component_not_wasm, "it does not start with the bytes 00 61 73 6d");
}

}  // namespace faasta::compile

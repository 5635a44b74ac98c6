#include "attack/heavy_component.hpp"

#include <fmt/format.h>

#include <string_view>

namespace faasta::attack {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// The numbers of the binary format that are used here.
constexpr std::string_view kModule = "\0asm\x01\0\0\0"sv;
constexpr std::string_view kComponent = "\0asm\x0d\0\x01\0"sv;
constexpr char kCustomSection = 0, kTypeSection = 1, kFunctionSection = 3, kCodeSection = 10;
constexpr char kCoreModuleSection = 1, kComponentTypeSection = 7, kImportSection = 10;
constexpr char kI64 = 0x7e, kEnd = 0x0b, kLoop = 0x03, kNoResult = 0x40, kBranchIf = 0x0d;
constexpr char kLocalGet = 0x20, kLocalSet = 0x21, kDivide = 0x7f, kRotate = '\x89';
constexpr unsigned kLocals = 100;

/// Returns an unsigned number in LEB128.
std::string number(std::uint64_t value) {
  std::string out;
  do {
    const auto low = static_cast<unsigned char>(value & 0x7fU);
    value >>= 7U;
    out += static_cast<char>(value == 0 ? low : low | 0x80U);
  } while (value != 0);
  return out;
}

std::string sized(std::string_view bytes) { return number(bytes.size()).append(bytes); }
std::string section(char id, std::string_view content) { return std::string(1, id) + sized(content); }
std::string get(unsigned local) { return kLocalGet + number(local); }

/// Returns a custom section, so that two components differ.
std::string salted(std::uint64_t salt) { return section(kCustomSection, sized("salt") + fmt::format("{:016x}", salt)); }

/// Returns a module with `count` functions of this body, all of the type (i32) -> ().
std::string module_of(unsigned count, const std::string& body) {
  std::string types = number(count), bodies = number(count);
  for (unsigned i = 0; i < count; ++i) {
    types += number(0);
    bodies += sized(body);
  }
  return std::string(kModule) + section(kTypeSection, "\x01\x60\x01\x7f\0"sv) + section(kFunctionSection, types) +
         section(kCodeSection, bodies);
}

/// A loop of six divisions, among locals that the register allocator has to keep apart.
std::string loop(unsigned index) {
  std::string out{kLoop, kNoResult};
  for (unsigned i = 0; i < 6; ++i) {
    const auto local = [&](unsigned at) { return 1 + at % kLocals; };
    out += get(local(index * 3 + i * 5)) + get(local(index + i)) + get(local(index + 2 * i)) + kDivide + kRotate +
           kLocalSet + number(local(index * 7 + i));
  }
  return out + get(0) + kBranchIf + number(0) + kEnd;
}

std::string with_module(const std::string& component, const std::string& module, std::uint64_t salt) {
  return component + section(kCoreModuleSection, module) + salted(salt);
}

}  // namespace

std::string with_unused_loops(const std::string& component, unsigned loops, std::uint64_t salt) {
  std::string body = number(1) + number(kLocals) + kI64;
  for (unsigned i = 0; i < loops; ++i) body += loop(i);
  return with_module(component, module_of(1, body + kEnd), salt);
}

std::string with_unused_functions(const std::string& component, unsigned functions, std::uint64_t salt) {
  const std::string body = number(1) + number(kLocals) + kI64 + loop(static_cast<unsigned>(salt % kLocals)) + kEnd;
  return with_module(component, module_of(functions, body), salt);
}

std::string of_long_imports(unsigned imports, unsigned length, std::uint64_t salt) {
  const std::string empty_instance = "\x01\x42\0"s;
  constexpr char kPlainName = 0, kInstance = 5;
  std::string out = number(imports);
  for (unsigned i = 0; i < imports; ++i) {
    std::string name = fmt::format("wasi:io/poll@0.2.0+{}.{}.", i, salt);
    if (name.size() < length) name.append(length - name.size(), 'a');
    out += std::string(1, kPlainName) + sized(name) + kInstance + number(0);
  }
  return std::string(kComponent) + section(kComponentTypeSection, empty_instance) + section(kImportSection, out);
}

}  // namespace faasta::attack

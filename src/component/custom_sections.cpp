#include "component/custom_sections.hpp"

#include <fmt/format.h>

#include <optional>

#include "component/binary_reader.hpp"

namespace faasta::component {
namespace {

using namespace std::string_view_literals;

constexpr auto kMagic = "\0asm"sv;
constexpr std::size_t kPreamble = 8;
constexpr auto kComponentVersion = "\x0d\0\x01\0"sv;
constexpr int kDeepest = 128;  // the engine's validator allows 100
constexpr std::uint8_t kCustom = 0;
constexpr std::uint8_t kCoreModule = 1;
constexpr std::uint8_t kNested = 4;

std::string leb128(std::size_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(0x80U | (value & 0x7fU));
  return out + static_cast<char>(value);
}

std::string section(std::uint8_t id, std::string_view content) {
  return std::string(1, static_cast<char>(id)) + leb128(content.size()) + std::string(content);
}

/// Visits the sections of a module or component, and of the modules and components inside it. After a failure, every
/// function returns false.
class Walk {
 public:
  explicit Walk(std::string_view name) : name_(name) {}

  /// If `copy` is not null, appends to `copy` the bytes without the sections of this name.
  bool read(std::string_view bytes, int depth, std::string* copy) {
    if (depth > kDeepest || bytes.size() < kPreamble || !bytes.starts_with(kMagic)) return false;
    const bool component = bytes.substr(kMagic.size(), kComponentVersion.size()) == kComponentVersion;
    if (copy != nullptr) copy->append(bytes.substr(0, kPreamble));
    BinaryReader reader(bytes.substr(kPreamble));
    while (!reader.at_end()) {
      const std::size_t start = reader.position();
      const auto id = reader.byte();
      const auto content = reader.sized();
      if (!id || !content) return false;
      const std::string_view whole = bytes.substr(kPreamble + start, reader.position() - start);
      const bool nested = component && (*id == kCoreModule || *id == kNested);
      if (nested ? !inside(*id, *content, whole, depth, copy) : !plain(*id, *content, whole, copy)) return false;
    }
    return true;
  }
  [[nodiscard]] std::vector<std::string_view> take() { return std::move(found_); }

 private:
  bool plain(std::uint8_t id, std::string_view content, std::string_view whole, std::string* copy) {
    if (id == kCustom) {
      BinaryReader reader(content);
      const auto name = reader.sized();
      if (!name) return false;
      if (*name == name_) {
        found_.push_back(reader.rest());
        return true;
      }
    }
    if (copy != nullptr) copy->append(whole);
    return true;
  }

  bool inside(std::uint8_t id, std::string_view content, std::string_view whole, int depth, std::string* copy) {
    const std::size_t before = found_.size();
    if (copy == nullptr) return read(content, depth + 1, nullptr);
    std::string rest;
    if (!read(content, depth + 1, &rest)) return false;
    copy->append(found_.size() == before ? std::string(whole) : section(id, rest));
    return true;
  }

  std::string_view name_;
  std::vector<std::string_view> found_;
};

std::unexpected<Error> malformed() {
  return fail(Code::component_malformed, "its sections cannot be read one after the other");
}

}  // namespace

Result<std::vector<std::string_view>> custom_sections(std::string_view bytes, std::string_view name) {
  Walk walk(name);
  if (!walk.read(bytes, 0, nullptr)) return malformed();
  return walk.take();
}

Result<std::string> with_custom_section(std::string_view bytes, std::string_view name, std::string_view content) {
  Walk walk(name);
  std::string out;
  out.reserve(bytes.size() + name.size() + content.size() + 16);
  if (!walk.read(bytes, 0, &out)) return malformed();
  return out + section(kCustom, leb128(name.size()) + std::string(name) + std::string(content));
}

}  // namespace faasta::component

#include "engine/seal_key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"

namespace faasta::engine {
namespace {

/// The file has these bytes, then the key in hexadecimal.
constexpr std::string_view kMagic = "faasta-seal-key-1 ";
constexpr std::size_t kBytes = kMagic.size() + 2 * SealKey().size();

int digit(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// Returns nothing if the text is not a key.
std::optional<SealKey> parse(std::string_view text) {
  if (text.size() != kBytes || !text.starts_with(kMagic)) return std::nullopt;
  SealKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = digit(text[kMagic.size() + 2 * i]);
    const int low = digit(text[kMagic.size() + 2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return key;
}

}  // namespace

Result<SealKey> seal_key(const std::filesystem::path& file) {
  std::error_code error;
  // A file that exists and cannot be read is an error: the next start may be able to read it.
  if (std::filesystem::exists(file, error) || error) {
    ASSIGN_OR_RETURN(const std::string found, read_file(file, 2 * kBytes));
    if (const auto key = parse(found)) return *key;
  }
  constexpr unsigned kOwnerOnly = 0600;
  const std::string made = std::string(kMagic) + random_hex(SealKey().size());
  RETURN_IF_ERROR(replace_file(file, made, kOwnerOnly, Durable::yes));
  return *parse(made);
}

}  // namespace faasta::engine

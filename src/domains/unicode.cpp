#include "domains/unicode.hpp"

#include <unicode/uidna.h>
#include <unicode/uspoof.h>

#include <array>
#include <cstdint>
#include <memory>

namespace faasta::domains {
namespace {

/// A host name has at most 253 bytes. Its Unicode form, and the text for comparisons, can be longer.
constexpr std::int32_t kMostBytes = 4096;

struct Close {
  void operator()(UIDNA* rules) const noexcept { uidna_close(rules); }
  void operator()(USpoofChecker* checker) const noexcept { uspoof_close(checker); }
};

/// The rules of browsers and registries: ASCII has letters, digits and hyphens alone, and "ß" stays.
const UIDNA* rules() {
  constexpr std::uint32_t kOptions = UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                     UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE;
  static const std::unique_ptr<UIDNA, Close> kRules = [] {
    UErrorCode error = U_ZERO_ERROR;
    return std::unique_ptr<UIDNA, Close>(uidna_openUTS46(kOptions, &error));
  }();
  return kRules.get();
}

const USpoofChecker* checker() {
  static const std::unique_ptr<USpoofChecker, Close> kChecker = [] {
    UErrorCode error = U_ZERO_ERROR;
    return std::unique_ptr<USpoofChecker, Close>(uspoof_open(&error));
  }();
  return kChecker.get();
}

struct Mistake {
  std::uint32_t bit;
  const char* text;
};
constexpr std::array kMistakes = {
    Mistake{UIDNA_ERROR_EMPTY_LABEL, "it has two dots in a row, or a dot at its start"},
    Mistake{UIDNA_ERROR_LABEL_TOO_LONG, "a part between two dots is longer than 63 characters"},
    Mistake{UIDNA_ERROR_DOMAIN_NAME_TOO_LONG, "it is longer than 253 characters"},
    Mistake{UIDNA_ERROR_PUNYCODE | UIDNA_ERROR_INVALID_ACE_LABEL, "a part that begins with xn-- is not valid punycode"},
    Mistake{UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN, "a part begins or ends with a hyphen"},
    Mistake{UIDNA_ERROR_HYPHEN_3_4, "a part has hyphens at its third and fourth place"},
    Mistake{UIDNA_ERROR_LEADING_COMBINING_MARK, "a part begins with a combining mark"},
    Mistake{UIDNA_ERROR_BIDI, "it mixes writing from left to right and from right to left"},
    Mistake{UIDNA_ERROR_DISALLOWED | UIDNA_ERROR_LABEL_HAS_DOT, "it has a character that host names do not have"},
};

std::string mistake_in(std::uint32_t errors) {
  for (const Mistake& mistake : kMistakes)
    if ((errors & mistake.bit) != 0) return mistake.text;
  return "it is not a valid internationalized name";
}

}  // namespace

std::expected<std::string, std::string> to_ascii(std::string_view host) {
  std::array<char, kMostBytes> out{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  if (host.size() >= out.size()) return std::unexpected("it is longer than 253 characters");
  const std::int32_t size = uidna_nameToASCII_UTF8(rules(), host.data(), static_cast<std::int32_t>(host.size()),
                                                   out.data(), kMostBytes, &info, &error);
  if (U_FAILURE(error)) return std::unexpected("it is longer than 253 characters");
  if (info.errors != 0) return std::unexpected(mistake_in(info.errors));
  return std::string(out.data(), static_cast<std::size_t>(size));
}

std::string to_unicode(std::string_view host) {
  std::array<char, kMostBytes> out{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size = uidna_nameToUnicodeUTF8(rules(), host.data(), static_cast<std::int32_t>(host.size()),
                                                    out.data(), kMostBytes, &info, &error);
  if (U_FAILURE(error) || info.errors != 0) return std::string(host);
  return {out.data(), static_cast<std::size_t>(size)};
}

std::string look_of(std::string_view host) {
  const std::string text = to_unicode(host);
  std::array<char, kMostBytes> out{};
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size = uspoof_getSkeletonUTF8(checker(), 0, text.data(), static_cast<std::int32_t>(text.size()),
                                                   out.data(), kMostBytes, &error);
  return U_FAILURE(error) ? text : std::string(out.data(), static_cast<std::size_t>(size));
}

}  // namespace faasta::domains

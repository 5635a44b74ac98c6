#pragma once
// What Faasta needs of ICU: internationalized host names, and names that look alike.

#include <expected>
#include <string>
#include <string_view>

namespace faasta::domains {

/// Returns the ASCII form of a host name in UTF-8: "xn--bcher-kva.example". Fails with what is wrong.
[[nodiscard]] std::expected<std::string, std::string> to_ascii(std::string_view host);
/// Returns the name as people read it: "bücher.example". `host` must be a result of to_ascii().
[[nodiscard]] std::string to_unicode(std::string_view host);
/// Returns the same text for texts that look alike, such as Latin and Cyrillic letters of one shape. The text is for
/// comparisons alone.
[[nodiscard]] std::string look_of(std::string_view host);

}  // namespace faasta::domains

#include "gateway/secret_mask.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace faasta::gateway {
namespace {

constexpr std::size_t kLeastBytes = 8;

}  // namespace

SecretMask::SecretMask(const std::vector<secrets::Opened::Secret>& secrets) {
  for (const auto& secret : secrets) {
    for (std::string_view rest = secret.value; !rest.empty();) {
      const std::string_view line = trimmed(take_until(rest, '\n'), " \t\r");
      if (line.size() >= kLeastBytes) lines_.push_back({line, secret.name});
    }
  }
  std::ranges::sort(lines_, std::ranges::greater(), [](const Line& line) { return line.text.size(); });
}

std::string SecretMask::masked(std::string_view text) const {
  std::string out(text);
  for (const Line& line : lines_) {
    const std::string shown = "***" + std::string(line.name) + "***";
    for (std::size_t at = out.find(line.text); at != std::string::npos; at = out.find(line.text, at + shown.size()))
      out.replace(at, line.text.size(), shown);
  }
  return out;
}

}  // namespace faasta::gateway

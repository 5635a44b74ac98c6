#include "base/glob.hpp"

namespace faasta {
namespace {

constexpr std::size_t kBytes = 256;

}  // namespace

Glob::Glob(std::string_view pattern) : before_(kBytes) {
  for (const char c : pattern) {
    if (c == '*') {
      stars_.set(end_);
      continue;
    }
    if (c == '?') {
      for (Places& places : before_) places.set(end_);
    } else {
      before_[static_cast<unsigned char>(c)].set(end_);
    }
    ++end_;
  }
}

bool Glob::matches(std::string_view text) const noexcept {
  Places at;  // all places where the text so far can end
  at.set(0);
  for (const char c : text) {
    at = ((at & before_[static_cast<unsigned char>(c)]) << 1U) | (at & stars_);
    if (at.none()) return false;
  }
  return at[end_];
}

}  // namespace faasta

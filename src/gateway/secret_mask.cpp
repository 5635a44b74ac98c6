#include "gateway/secret_mask.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace faasta::gateway {
namespace {

constexpr std::size_t kLeastBytes = 8;

struct Needle {
  std::string_view text;
  std::uint32_t secret;
};

/// Returns the lines to look for, sorted and without repetitions.
std::vector<Needle> needles_of(const std::vector<secrets::Opened::Secret>& secrets) {
  std::vector<Needle> out;
  for (std::uint32_t secret = 0; secret < secrets.size(); ++secret) {
    for (std::string_view rest = secrets[secret].value; !rest.empty();) {
      const std::string_view line = trimmed(take_until(rest, '\n'), " \t\r");
      if (line.size() >= kLeastBytes) out.push_back({line, secret});
    }
  }
  std::ranges::stable_sort(out, {}, &Needle::text);
  const auto repeated = std::ranges::unique(out, {}, &Needle::text);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

/// Returns how many different beginnings the sorted needles have, with the empty beginning.
std::size_t count_beginnings(const std::vector<Needle>& needles) {
  std::size_t count = 1;
  std::string_view former;
  for (const Needle& needle : needles) {
    const auto [end, unused] = std::ranges::mismatch(needle.text, former);
    count += static_cast<std::size_t>(needle.text.end() - end);
    former = needle.text;
  }
  return count;
}

/// The needles that have a common beginning of `size` bytes.
struct Group {
  std::size_t from, to;
  std::size_t size;
};

}  // namespace

SecretMask::SecretMask(const std::vector<secrets::Opened::Secret>& secrets) {
  const std::vector<Needle> needles = needles_of(secrets);
  if (needles.empty()) return;
  for (const auto& secret : secrets) names_.push_back(secret.name);
  for (const auto& [text, secret] : needles) lines_.push_back({static_cast<std::uint32_t>(text.size()), secret});
  const std::size_t count = count_beginnings(needles);
  labels_ = secrets::LockedMemory(count);
  nodes_.resize(count + 1);
  std::vector<Group> groups{{0, needles.size(), 0}};
  groups.reserve(count);
  // A state comes after all shorter ones. So its fallback, which is shorter, is complete before its children are made.
  for (State state = 0; state < count; ++state) {
    auto [from, to, size] = groups[state];
    if (levels_.size() == size) levels_.push_back(state);
    Node& node = nodes_[state];
    node.first_child = static_cast<State>(groups.size());
    node.line = nodes_[node.fallback].line;
    if (needles[from].text.size() == size) node.line = static_cast<std::uint32_t>(from++);
    while (from < to) {
      const char byte = needles[from].text[size];
      const std::size_t first = from;
      while (from < to && needles[from].text[size] == byte) ++from;
      const std::size_t child = groups.size();
      labels_.bytes()[child] = byte;
      if (state != 0) nodes_[child].fallback = next(node.fallback, byte);
      groups.push_back({first, from, size + 1});
    }
  }
  nodes_[count].first_child = static_cast<State>(count);
}

SecretMask::State SecretMask::next(State state, char byte) const noexcept {
  const char* const labels = labels_.bytes().data();
  for (;; state = nodes_[state].fallback) {
    const State first = nodes_[state].first_child;
    const void* const found = std::memchr(labels + first, byte, nodes_[state + 1].first_child - first);
    if (found != nullptr) return static_cast<State>(static_cast<const char*>(found) - labels);
    if (state == 0) return 0;
  }
}

std::size_t SecretMask::begun(std::string_view text) const {
  if (empty()) return 0;
  State state = 0;
  for (const char byte : text) state = next(state, byte);
  return static_cast<std::size_t>(std::ranges::upper_bound(levels_, state) - levels_.begin()) - 1;
}

std::string SecretMask::masked(std::string_view text) const {
  if (empty()) return std::string(text);
  struct Hidden {
    std::size_t begin, end;
    const Line* line;
  };
  std::vector<Hidden> all;  // in the order of the text, without overlaps
  State state = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    state = next(state, text[end - 1]);
    if (nodes_[state].line == kNoLine) continue;
    const Line& line = lines_[nodes_[state].line];
    Hidden now{end - line.size, end, &line};
    for (; !all.empty() && all.back().end > now.begin; all.pop_back()) {
      now.begin = std::min(now.begin, all.back().begin);
      if (all.back().line->size >= now.line->size) now.line = all.back().line;
    }
    all.push_back(now);
  }
  std::string out;
  std::size_t shown = 0;
  for (const Hidden& hidden : all) {
    out.append(text.substr(shown, hidden.begin - shown)).append("***").append(names_[hidden.line->name]).append("***");
    shown = hidden.end;
  }
  return out.append(text.substr(shown));
}

}  // namespace faasta::gateway

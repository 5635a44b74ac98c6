#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "secrets/locked_memory.hpp"
#include "secrets/vault.hpp"

namespace faasta::gateway {

/// Hides the values of a function's secrets in texts for its log. It looks for each line of a value by itself, because
/// the log consists of lines. Lines with fewer than 8 bytes are not hidden: they occur in other texts too.
///
/// Event loops call it, and the owner of the function chooses the lines and the texts. So it looks for all lines at the
/// same time, with the automaton of Aho and Corasick. Its time depends on the length of the text only, and its memory
/// is at most 17 bytes for each byte of the lines.
class SecretMask {
 public:
  SecretMask() = default;
  explicit SecretMask(const std::vector<secrets::Opened::Secret>& secrets);

  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  /// Returns `text`, but "***NAME***" stands in place of each line of the secret NAME. If lines overlap in the text,
  /// all their bytes are hidden together, under the name of the longest line.
  [[nodiscard]] std::string masked(std::string_view text) const;
  /// Returns how many bytes at the end of `text` are the beginning of a line that may go on after `text`.
  [[nodiscard]] std::size_t begun(std::string_view text) const;

 private:
  using State = std::uint32_t;
  static constexpr std::uint32_t kNoLine = UINT32_MAX;

  struct Line {
    std::uint32_t size = 0;
    std::uint32_t name = 0;  ///< its place in `names_`
  };
  /// A state stands for the beginning of one or more lines. Its children have one byte more. The children of a state
  /// follow each other, and the children of the next state follow them.
  struct Node {
    State first_child = 0;
    State fallback = 0;            ///< the longest other beginning of a line with which this beginning ends
    std::uint32_t line = kNoLine;  ///< the longest line with which this beginning ends
  };

  [[nodiscard]] State next(State state, char byte) const noexcept;

  std::vector<std::string> names_;  // of the secrets
  std::vector<Line> lines_;
  std::vector<Node> nodes_;       // the root, then the beginnings by length; after the last state is one node more
  std::vector<State> levels_;     // at index N: the first state whose beginning has N bytes
  secrets::LockedMemory labels_;  // the last byte of each state, because these bytes are the secrets themselves
};

}  // namespace faasta::gateway

// Reads a body of the type multipart/form-data. The same bytes must give the same parts and verdict, at once and in
// pieces. The first line of the input is the content-type.

#include "api/form_data.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz.hpp"

namespace {

using faasta::api::FormData;
using Kind = FormData::Piece::Kind;

struct Read {
  std::vector<std::pair<std::string, std::string>> parts;
  bool ended = false;
  bool refused = false;
  bool operator==(const Read&) const = default;
};

Read read(FormData form, std::string_view bytes, std::size_t piece) {
  Read out;
  while (!bytes.empty() && !out.ended && !out.refused) {
    std::string_view slice = bytes.substr(0, piece);
    bytes.remove_prefix(slice.size());
    for (;;) {
      const std::size_t before = slice.size();
      const auto next = form.next(slice);
      out.refused = !next;
      if (!next || next->kind == Kind::need_bytes) break;
      FUZZ_CHECK(slice.size() <= before);
      if (next->kind == Kind::part) out.parts.emplace_back(next->text, "");
      if (next->kind == Kind::data) {
        FUZZ_CHECK(!out.parts.empty() && !next->text.empty());
        out.parts.back().second += next->text;
      }
      out.ended = next->kind == Kind::end;
      if (out.ended) break;
    }
  }
  return out;
}

}  // namespace

void fuzz(std::string_view input) {
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(line + 1, input.size()));
  const auto form = FormData::begin(input.substr(0, line));
  if (!form) return;
  const Read whole = read(*form, body, body.size() + 1);
  for (const std::size_t piece : {1UZ, 3UZ, 64UZ}) FUZZ_CHECK(read(*form, body, piece) == whole);
}

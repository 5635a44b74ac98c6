// Decodes a chunked body. The same bytes must give the same body, trailers and verdict, at once and in pieces.

#include "http/http1/chunked.hpp"
#include "fuzz.hpp"

namespace {

using faasta::http::ChunkDecoder;

struct Decoded {
  std::string body;
  bool ended = false;
  bool refused = false;
  std::size_t used = 0;
  std::vector<faasta::Field> trailers;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  ChunkDecoder decoder;
  Decoded out;
  std::string waiting;
  for (std::size_t fed = 0; fed < bytes.size() && !out.ended && !out.refused;) {
    const std::size_t more = std::min(piece, bytes.size() - fed);
    waiting.append(bytes.substr(fed, more));
    fed += more;
    for (;;) {
      const auto step = decoder.decode(waiting);
      out.refused = !step;
      if (!step) break;
      FUZZ_CHECK(step->used <= waiting.size() && step->data.size() <= step->used);
      out.body += step->data;
      out.used += step->used;
      waiting.erase(0, step->used);
      out.ended = step->end;
      if (step->end || step->used == 0) break;
    }
  }
  if (out.ended) out.trailers = decoder.trailers();
  return out;
}

}  // namespace

void fuzz(std::string_view input) {
  const std::size_t piece = input.empty() ? 1 : static_cast<unsigned char>(input[0]) % 16U + 1;
  const std::string_view bytes = input.substr(std::min<std::size_t>(1, input.size()));
  const Decoded whole = decode(bytes, bytes.size());
  const Decoded pieces = decode(bytes, piece);
  FUZZ_CHECK(whole.ended == pieces.ended && whole.refused == pieces.refused);
  if (whole.refused) return;
  FUZZ_CHECK(whole.body == pieces.body && whole.used == pieces.used);
  FUZZ_CHECK(whole.trailers.size() == pieces.trailers.size());
  for (const auto& field : whole.trailers) FUZZ_CHECK(!field.name.empty());
}

#include "gateway/request_rest.hpp"

#include "base/free_string.hpp"

namespace faasta::gateway {
namespace {

/// The same limit as for the end of a body that no handler reads: a connection reads and drops this many bytes.
constexpr std::size_t kMostBytes = 64U << 10U;

}  // namespace

bool RequestRest::take_from(http::Exchange& exchange) {
  while (!is_over_) {
    const http::BodyPart part = exchange.body();
    switch (part.kind) {
      case http::BodyPart::Kind::pending:
        return false;
      case http::BodyPart::Kind::data:
        if (bytes_.size() + part.data.size() <= kMostBytes) {
          bytes_ += part.data;
          break;
        }
        [[fallthrough]];
      case http::BodyPart::Kind::broken:
      case http::BodyPart::Kind::too_large:
        free_string(bytes_);  // an incomplete part is of no use
        is_over_ = true;
        break;
      case http::BodyPart::Kind::end:
        trailers_.assign(part.trailers.begin(), part.trailers.end());
        is_whole_ = is_over_ = true;
        break;
    }
  }
  return true;
}

bool RequestRest::pass_to(engine::Call& call) {
  if (!bytes_.empty()) {
    call.feed(std::exchange(bytes_, {}));
  } else if (is_whole_) {
    const std::vector<FieldView> views(trailers_.begin(), trailers_.end());
    call.end(views);
  } else if (is_over_) {
    call.break_off();
  } else {
    return false;
  }
  return true;
}

}  // namespace faasta::gateway

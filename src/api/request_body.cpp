#include "api/request_body.hpp"

#include <chrono>

namespace faasta::api {
namespace {

constexpr std::chrono::seconds kBodyPatience{30};

}  // namespace

Task<http::BodyPart> next_part(http::Exchange& exchange) {
  for (;;) {
    const http::BodyPart part = exchange.body();
    if (part.kind != http::BodyPart::Kind::pending || exchange.deadline_passed()) co_return part;
    if (exchange.queued() > 0) {
      static_cast<void>(co_await exchange.flush());  // the client may wait for a 100 before it sends the body
    } else {
      co_await exchange.wait();
    }
  }
}

Task<Result<std::string>> read_body(http::Exchange& exchange, std::uint64_t most) {
  std::string out;
  exchange.limit_body(most);
  exchange.set_deadline(std::chrono::steady_clock::now() + kBodyPatience);
  for (;;) {
    const http::BodyPart part = co_await next_part(exchange);
    switch (part.kind) {
      case http::BodyPart::Kind::data:
        out += part.data;
        break;
      case http::BodyPart::Kind::end:
        co_return out;
      case http::BodyPart::Kind::broken:
        co_return fail(Code::body_incomplete);
      case http::BodyPart::Kind::too_large:
        co_return fail(Code::body_too_large, "more than " + std::to_string(most) + " bytes");
      case http::BodyPart::Kind::pending:
        co_return fail(Code::http_timeout, "the body did not arrive in time");
    }
  }
}

}  // namespace faasta::api

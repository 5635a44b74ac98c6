#include "tls/opening.hpp"

#include <memory>

namespace faasta::tls {
namespace {

struct Protocols {
  http::Open http1;
  http::Open http2;
};

Task<std::shared_ptr<http::Connection>> shake_hands(http::Loop& loop, http::Opened opened, HandshakeShare& share,
                                                    std::shared_ptr<const Protocols> protocols) {
  if (!share.may_begin(opened)) {
    opened.stream->close();
    co_return nullptr;
  }
  const auto handshake = std::make_shared<Handshake>(loop, std::move(opened), share);
  bool is_http2 = false;
  const auto behind = co_await handshake->run(is_http2);
  if (!behind) co_return nullptr;
  const http::Open& next = is_http2 ? protocols->http2 : protocols->http1;
  auto connection = co_await next(loop, std::move(*behind));
  co_return connection;
}

}  // namespace

http::Open open_tls(HandshakeShare& share, http::Open http1, http::Open http2) {
  auto protocols = std::make_shared<const Protocols>(std::move(http1), std::move(http2));
  return [&share, protocols = std::move(protocols)](http::Loop& loop, http::Opened opened) {
    return shake_hands(loop, std::move(opened), share, protocols);
  };
}

}  // namespace faasta::tls

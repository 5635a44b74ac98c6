#include "http/opening.hpp"

#include "http/http1/connection.hpp"
#include "http/http2/connection.hpp"
#include "http/protocol_choice.hpp"
#include "http/proxy_preamble.hpp"

namespace faasta::http {
namespace {

Task<std::shared_ptr<Connection>> make_http1(Loop& loop, Opened opened, const ConnectionOptions& options) {
  co_return std::make_shared<Http1Connection>(loop, std::move(opened), options);
}

Task<std::shared_ptr<Connection>> make_http2(Loop& loop, Opened opened, const ConnectionOptions& options) {
  co_return std::make_shared<Http2Connection>(loop, std::move(opened), options);
}

Task<std::shared_ptr<Connection>> choose(Loop& loop, Opened opened, const ConnectionOptions& options) {
  const auto choice = std::make_shared<ProtocolChoice>(loop, std::move(opened), options);
  bool is_http2 = false;
  const auto begun = co_await choice->read(is_http2);
  if (!begun) co_return nullptr;
  if (is_http2) co_return std::make_shared<Http2Connection>(loop, std::move(*begun), options);
  co_return std::make_shared<Http1Connection>(loop, std::move(*begun), options);
}

Task<std::shared_ptr<Connection>> read_preamble(Loop& loop, Opened opened, const ConnectionOptions& options,
                                                const Open& next, std::atomic<std::uint64_t>& refused) {
  const auto preamble = std::make_shared<ProxyPreamble>(loop, std::move(opened), options);
  bool is_refused = false;
  const auto behind = co_await preamble->read(is_refused);
  if (is_refused) refused.fetch_add(1, std::memory_order_relaxed);
  if (!behind) co_return nullptr;
  auto connection = co_await next(loop, std::move(*behind));
  co_return connection;
}

}  // namespace

Open open_http1(std::shared_ptr<const ConnectionOptions> options) {
  return [options = std::move(options)](Loop& loop, Opened opened) {
    return make_http1(loop, std::move(opened), *options);
  };
}

Open open_http2(std::shared_ptr<const ConnectionOptions> options) {
  return [options = std::move(options)](Loop& loop, Opened opened) {
    return make_http2(loop, std::move(opened), *options);
  };
}

Open open_http(std::shared_ptr<const ConnectionOptions> options) {
  return
      [options = std::move(options)](Loop& loop, Opened opened) { return choose(loop, std::move(opened), *options); };
}

Open open_behind_proxy(std::shared_ptr<const ConnectionOptions> options, Open next,
                       std::atomic<std::uint64_t>& refused) {
  return [options = std::move(options), next = std::move(next), &refused](Loop& loop, Opened opened) {
    return read_preamble(loop, std::move(opened), *options, next, refused);
  };
}

}  // namespace faasta::http

#include "http/protocol_choice.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace faasta::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kMostBytes = 4U << 10U;

}  // namespace

ProtocolChoice::ProtocolChoice(Loop& loop, Opened opened, const ConnectionOptions& options)
    : Stoppable(loop.stoppables),
      loop_(loop),
      opened_(std::move(opened)),
      options_(options),
      bell_(Doorbell::make(loop.context)),
      input_(*opened_.stream, bell_, std::move(opened_.begun)) {}

Task<std::unique_ptr<Opened>> ProtocolChoice::read(bool& is_http2) {
  set_end(loop_.draining ? kDrainSilence : options_.timeouts.idle);
  // After a while without a byte, the connection is idle.
  loop_.deadlines.set(*this, std::min(end_, std::chrono::steady_clock::now() + Connection::kActive));
  bool has_begun = false;
  for (;;) {
    if (killed_) co_return nullptr;
    const std::string_view bytes = input_.bytes();
    is_http2 = bytes.starts_with(kPreface);
    if (is_http2 || !kPreface.starts_with(bytes) || (input_.ended() && !bytes.empty())) {
      use(opened_.place);
      co_return std::make_unique<Opened>(Opened{std::move(opened_.stream), input_.take(), opened_.peer,
                                                std::move(opened_.client), std::move(opened_.place)});
    }
    if (input_.ended()) {
      opened_.stream->close();
      co_return nullptr;
    }
    // Set this deadline only once: a client that sends single bytes must not get more time with each byte.
    if (!bytes.empty() && !std::exchange(has_begun, true)) {
      use(opened_.place);
      set_end(options_.timeouts.head);
    }
    input_.await(kMostBytes, shared_from_this());
    co_await bell_->wait();
  }
}

void ProtocolChoice::on_deadline() {
  if (std::chrono::steady_clock::now() >= end_) return kill();
  rest(opened_.place, weak_from_this(), loop_.context);
  loop_.deadlines.set(*this, end_);
}

void ProtocolChoice::kill() {
  if (!opened_.stream) return;  // the stream now belongs to its connection
  killed_ = true;
  opened_.stream->close();
  input_.end();
  bell_->wake();
}

}  // namespace faasta::http

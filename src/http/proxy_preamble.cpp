#include "http/proxy_preamble.hpp"

#include "http/proxy_protocol.hpp"

namespace faasta::http {
namespace {

/// The limit for bytes that are read. It is larger than the longest header.
constexpr std::size_t kMostBytes = 8U << 10U;

}  // namespace

ProxyPreamble::ProxyPreamble(Loop& loop, Opened opened, const ConnectionOptions& options)
    : Stoppable(loop.stoppables),
      loop_(loop),
      opened_(std::move(opened)),
      options_(options),
      bell_(Doorbell::make(loop.context)),
      input_(*opened_.stream, bell_, std::move(opened_.begun)) {}

Task<std::unique_ptr<Opened>> ProxyPreamble::read(bool& refused) {
  auto behind = co_await read_header(refused);
  // A pending read may still hold the stream.
  if (!behind) opened_.stream->close();
  co_return behind;
}

Task<std::unique_ptr<Opened>> ProxyPreamble::read_header(bool& refused) {
  refused = true;
  if (!options_.trusted.has(opened_.peer)) co_return nullptr;
  const auto time = loop_.draining ? kDrainSilence : options_.timeouts.head;
  loop_.deadlines.set(*this, std::chrono::steady_clock::now() + time);
  for (;;) {
    const auto header = parse_proxy_header(input_.bytes());
    if (!header) co_return nullptr;
    if (header->length > 0) {
      input_.consume(header->length);
      Client& client = opened_.client;
      if (header->source) {
        opened_.peer = *header->source;
        client = client_at(opened_.peer);
      }
      client.is_proxy = !header->source;
      refused = false;
      if (header->source && opened_.place && !opened_.place->name(client.network)) co_return nullptr;
      if (header->tls) client.scheme = "https";
      client.proxied = true;
      co_return std::make_unique<Opened>(
          Opened{std::move(opened_.stream), input_.take(), opened_.peer, std::move(client), std::move(opened_.place)});
    }
    if (input_.ended() || deadline_passed_) {
      refused = !input_.empty() || deadline_passed_;
      co_return nullptr;
    }
    input_.await(kMostBytes, shared_from_this());
    co_await bell_->wait();
  }
}

void ProxyPreamble::kill() {
  if (opened_.stream) opened_.stream->close();
  input_.end();
  bell_->wake();
}

void ProxyPreamble::on_deadline() {
  deadline_passed_ = true;
  bell_->wake();
}

}  // namespace faasta::http

#include "tls/handshake.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <new>
#include <utility>

namespace faasta::tls {
namespace {

/// The answer to a client that speaks plain HTTP on this port. It is a complete HTTP answer, because a client without
/// TLS cannot read an alert.
constexpr std::string_view kSpeaksHttps =
    "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n"
    "F0610 this port speaks https: send the request to an https:// URL\n";
/// After the server has refused a client, it reads and drops at most this many bytes from the client. So the client can
/// read the answer (RFC 9112 section 9.6).
constexpr std::size_t kReadAwayBytes = 64U << 10U;

Session make_session(const Context& context) {
  Session session(SSL_new(context.get()));
  if (!session) throw std::bad_alloc();
  // When the handshake is over, this frees the memory that only the handshake needs.
  SSL_set_shed_handshake_config(session.get(), 1);
  return session;
}

/// The ids of owners are positive.
OwnerId account_of(const http::ClientNetwork& network) {
  return static_cast<OwnerId>(-1 - static_cast<std::int64_t>(std::hash<http::ClientNetwork>()(network) >> 1U));
}

bool chose_http2(const SSL* session) {
  const std::uint8_t* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(session, &name, &length);
  return std::string_view(reinterpret_cast<const char*>(name), length) == "h2";
}

}  // namespace

bool HandshakeShare::may_begin(const http::Opened& opened) {
  if (opened.peer.is_loopback() || trusted.has(opened.peer)) return true;
  if (!by_address.take(opened.client.network.key(), rate)) return true;
  counts.limited.fetch_add(1, std::memory_order_relaxed);
  return false;
}

Handshake::Handshake(http::Loop& loop, http::Opened opened, HandshakeShare& share)
    : Stoppable(loop.stoppables),
      loop_(loop),
      opened_(std::move(opened)),
      account_(account_of(opened_.client.network)),
      share_(share),
      bell_(http::Doorbell::make(loop.context)),
      stream_(std::make_unique<TlsStream>(*loop.context, std::move(opened_.stream), std::move(opened_.begun),
                                          make_session(share.context))) {
  begin_decisions(stream_->session(), *this);
}

Handshake::~Handshake() {
  if (stream_) end_decisions(stream_->session());
}

const ShownCertificate* Handshake::choose(const std::string& server_name) {
  server_name_ = server_name;
  shown_ = share_.certificate_of(server_name);
  named_ = shown_ != nullptr;
  unknown_ = !named_;
  return shown_.get();
}

const ShownCertificate* Handshake::prove(const std::string& server_name) {
  shown_ = share_.proof_of ? share_.proof_of(server_name) : nullptr;
  is_proof_ = shown_ != nullptr;
  unknown_ = !is_proof_;
  return shown_.get();
}

Task<std::unique_ptr<http::Opened>> Handshake::run(bool& is_http2) {
  loop_.deadlines.set(*this, std::chrono::steady_clock::now() + share_.time);
  const bool done = co_await shake_hands();
  if (!done) {
    count_failure();
    co_await refuse();
    co_return nullptr;
  }
  end_decisions(stream_->session());
  if (is_proof_) {  // the CA has seen the certificate, and sends no request (RFC 8737 section 3)
    share_.counts.proofs.fetch_add(1, std::memory_order_relaxed);
    co_await refuse();
    co_return nullptr;
  }
  const bool resumed = SSL_session_reused(stream_->session()) == 1;
  (resumed ? share_.counts.resumed : share_.counts.full).fetch_add(1, std::memory_order_relaxed);
  is_http2 = chose_http2(stream_->session());
  opened_.client.scheme = "https";
  opened_.client.covered = shown_->certificate.get();
  if (share_.hsts) opened_.client.hsts = share_.hsts();
  stream_->keep(std::move(shown_));
  co_return std::make_unique<http::Opened>(
      http::Opened{std::move(stream_), {}, opened_.peer, std::move(opened_.client), std::move(opened_.place)});
}

Task<bool> Handshake::shake_hands() {
  for (;;) {
    // Many clients may begin at the same time. The requests of others go before their handshakes, and client networks
    // have turns.
    if (!loop_.run_queue.may_run(account_)) co_await loop_.run_queue.wait(account_, http::RunQueue::Line::first);
    if (ended_) co_return false;
    const TlsStream::Handshake state = stream_->shake_hands();
    // on_server_name is not called earlier, because this would delay the server's answer. After this answer, the client
    // sends nothing for a round trip.
    if (std::exchange(named_, false) && share_.on_server_name) share_.on_server_name(server_name_, opened_.client);
    if (state == TlsStream::Handshake::done && stream_->unwritten() == 0) co_return true;
    if (state == TlsStream::Handshake::failed || ended_) co_return false;
    if (stream_->unwritten() > 0) {
      const bool writable = co_await stream_->wait_writable();
      if (!writable) co_return false;
      continue;
    }
    co_await wait();
    if (ended_) co_return false;
  }
}

Task<> Handshake::wait() {
  stream_->wait_handshake([self = shared_from_this()](bool readable) {
    self->ended_ = self->ended_ || !readable;
    self->bell_->wake_on_loop();
  });
  co_await bell_->wait();
}

Task<> Handshake::refuse() {
  http::Stream& lower = stream_->lower();
  if (stream_->in_the_clear() && !ended_) {
    static_cast<void>(lower.write_now(kSpeaksHttps));
    lower.shut_down();
    std::array<char, 4096> away{};
    std::size_t bytes = 0;
    while (!ended_ && bytes < kReadAwayBytes) {
      const auto read = lower.read_now(away);
      bytes += read.bytes;
      if (read.ended) break;
      if (read.bytes == 0) co_await wait();
    }
  } else {
    lower.shut_down();
  }
  lower.close();
}

void Handshake::count_failure() {
  auto& count = stream_->in_the_clear() ? share_.counts.in_the_clear
                : unknown_              ? share_.counts.unknown_name
                : timed_out_            ? share_.counts.timed_out
                                        : share_.counts.failed;
  count.fetch_add(1, std::memory_order_relaxed);
}

void Handshake::kill() {
  ended_ = true;
  if (stream_) stream_->close();
  bell_->wake();
}

void Handshake::on_deadline() {
  timed_out_ = true;
  kill();
}

}  // namespace faasta::tls

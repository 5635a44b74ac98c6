#pragma once
// The server's side of a TLS connection over a scripted stream.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tls/handshake.hpp"
#include "unit/scripted_loop.hpp"
#include "unit/scripted_stream.hpp"
#include "unit/test_certificates.hpp"
#include "unit/tls_client.hpp"

namespace faasta::test {

/// The parts that the handshakes of a test share: a certificate for a.test, a certificate for *.b.test, and others.
struct TlsShare {
  TlsShare() {
    auto made =
        tls::CertificateSet::make({usable(issue({.names = {"a.test"}})), usable(issue({.names = {"*.b.test"}}))});
    set = std::move(*made);
    share.context = std::move(*tls::make_context());
    share.tickets = std::move(*tls::TicketKeys::open(folder.path() / "ticket-keys"));
    share.certificate_of = [this](std::string_view name) { return set->find(name); };
    share.on_server_name = [this](std::string_view name, const http::Client&) {
      prefetched = name;
      sent_when_prefetched = peer == nullptr ? 0 : peer->received.size();
    };
    share.hsts = [] { return std::string_view("max-age=300"); };
  }

  TestFolder folder;
  std::shared_ptr<const tls::CertificateSet> set;
  std::string prefetched;
  Peer* peer = nullptr;
  std::size_t sent_when_prefetched = 0;
  tls::HandshakeShare share;
};

/// One connection, up to the end of its handshake.
class TlsServer {
 public:
  TlsServer(ScriptedLoop& loop, TlsShare& share, http::ReadBuffer begun = {}) : loop_(loop) {
    share.peer = &peer;
    auto lower = std::make_unique<ScriptedStream>(peer, *loop.loop().context);
    lower_ = lower.get();
    handshake = std::make_shared<tls::Handshake>(
        loop.loop(),
        http::Opened{std::move(lower), std::move(begun), {}, http::client_at(asio::ip::make_address("192.0.2.1"))},
        share.share);
    pending_ = loop.begin(handshake->run(is_http2));
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  /// Ends the handshake, so that its coroutine ends before the test.
  ~TlsServer() {
    if (!over()) handshake->kill();
    loop_.run_ready();
  }

  void arrive(std::string_view bytes) {
    peer.to_server += bytes;
    arrived();
  }
  /// The same, but the loop does not run yet.
  void arrive_later(std::string_view bytes) {
    peer.to_server += bytes;
    lower_->arrived();
  }
  void arrived() {
    if (!peer.closed) lower_->arrived();
    loop_.run_ready();
  }
  void make_room(std::size_t bytes) {
    lower_->make_room(bytes);
    loop_.run_ready();
  }
  /// Passes bytes in both directions until none are left. `piece`: the client's bytes arrive in pieces of this size.
  void exchange_with(TlsClient& client, std::size_t piece = std::string::npos) {
    for (;;) {
      const std::string out = client.take();
      for (std::size_t at = 0; at < out.size(); at += std::min(piece, out.size() - at)) arrive(out.substr(at, piece));
      const std::string in = std::exchange(peer.received, {});
      if (out.empty() && in.empty()) return;
      client.give(in);
    }
  }

  [[nodiscard]] bool over() const { return pending_->has_value(); }
  /// Call the functions below only after a complete handshake.
  [[nodiscard]] http::Opened* opened() const { return over() ? (*pending_)->get() : nullptr; }
  [[nodiscard]] http::Stream& stream() const { return *opened()->stream; }
  /// Reads all bytes that have arrived. `ended`: becomes true if the stream has ended.
  [[nodiscard]] std::string read(bool* ended = nullptr, std::size_t at_once = 1000) const {
    std::string out;
    std::string part(at_once, '\0');
    for (;;) {
      const auto moved = stream().read_now(part);
      out.append(part, 0, moved.bytes);
      if (ended != nullptr) *ended = moved.ended;
      if (moved.ended || moved.bytes < part.size()) return out;
    }
  }

  Peer peer;
  bool is_http2 = false;
  std::shared_ptr<tls::Handshake> handshake;

 private:
  ScriptedLoop& loop_;
  ScriptedStream* lower_ = nullptr;  // valid as long as the stream exists
  Pending<std::unique_ptr<http::Opened>> pending_;
};

}  // namespace faasta::test

#include "http/listener.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <latch>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "http/loop.hpp"
#include "http/tcp_stream.hpp"

namespace faasta::http {

using asio::ip::tcp;

/// A thread with its event loop and its listening socket.
struct Listener::Worker {
  explicit Worker(OpenCount& outliving) : loop(outliving) {}

  Loop loop;
  tcp::acceptor acceptor{*loop.context};
  std::thread thread;
};

Result<ListenerOptions> parse_listen(std::string_view text) {
  ListenerOptions options;
  const std::size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return fail(Code::config_invalid, "'" + std::string(text) + "' is not ADDRESS:PORT");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code invalid;
  const auto address = asio::ip::make_address(std::string(host), invalid);
  if (invalid) return fail(Code::config_invalid, "'" + std::string(host) + "' is not an IP address");
  options.address = address.to_string();
  return options;
}

namespace {

/// Where the machine's congestion control is one that paces (BBR), a timer is set and fires for each segment. Between
/// two processes of one machine, as with a proxy in front of this server, there is nothing to pace for.
void skip_pacing(tcp::acceptor& acceptor) {
  constexpr std::string_view kReno = "reno";  // in every kernel, open to every user; what is accepted inherits it
  static_cast<void>(::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size()));
}

}  // namespace

Listener::Listener(ListenerOptions options, Handler handler)
    : options_(std::move(options)), handler_(std::move(handler)) {}

Listener::~Listener() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Listener>> Listener::start(ListenerOptions options, Handler handler) {
  std::unique_ptr<Listener> listener(new Listener(std::move(options), std::move(handler)));
  std::uint16_t port = listener->options_.port;
  for (unsigned i = 0; i < listener->options_.threads; ++i) {
    RETURN_IF_ERROR(listener->open_worker(port));
    port = listener->workers_.back()->acceptor.local_endpoint().port();
  }
  const auto endpoint = listener->workers_.front()->acceptor.local_endpoint();
  const bool v6 = endpoint.address().is_v6();
  listener->address_ =
      fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.address().to_string(), v6 ? "]" : "", endpoint.port());
  for (auto& worker : listener->workers_) {
    asio::co_spawn(*worker->loop.context, worker->loop.deadlines.run(), asio::detached);
    asio::co_spawn(*worker->loop.context, listener->accept(*worker), asio::detached);
    worker->thread = std::thread([&worker = *worker, self = listener.get()] {
      if (self->options_.enter_thread) self->options_.enter_thread();
      worker.loop.run();
    });
  }
  return listener;
}

Result<> Listener::open_worker(std::uint16_t port) {
  workers_.push_back(std::make_unique<Worker>(outliving_));
  tcp::acceptor& acceptor = workers_.back()->acceptor;
  const tcp::endpoint endpoint(asio::ip::make_address(options_.address), port);
  boost::system::error_code error;
  const auto failed = [&](std::string_view what) {
    return fail(Code::listen_failed, fmt::format("{} {}:{}: {}", what, options_.address, port, error.message()));
  };
  if (acceptor.open(endpoint.protocol(), error); error) return failed("open a socket for");
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (workers_.size() == 1) {
    // Sharing the port would also let a second server in; a socket that does not share finds it out. It does not
    // listen, so that no early client reaches it.
    tcp::acceptor probe(*workers_.back()->loop.context);
    probe.open(endpoint.protocol(), error);
    probe.set_option(tcp::acceptor::reuse_address(true), error);
    if (probe.bind(endpoint, error); error) return failed("bind");
  }
  const int on = 1;
  if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error.assign(errno, boost::system::system_category());
    return failed("share");
  }
  if (endpoint.address().is_loopback()) skip_pacing(acceptor);
  if (acceptor.bind(endpoint, error); error) return failed("bind");
  if (acceptor.listen(4096, error); error) return failed("listen on");
  return {};
}

Task<> Listener::accept(Worker& worker) {
  constexpr std::chrono::milliseconds kPause{20};
  asio::steady_timer pause(*worker.loop.context);
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (connections_.now() >= options_.connections) {
      // More wait in the kernel's queue until some have ended.
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    auto [error, socket] = co_await worker.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    // Also one that was let in before the acceptor was closed: those that were to drain have been told.
    if (stopping_.load(std::memory_order_relaxed)) co_return;
    if (error) {
      // Out of descriptors, most likely: let some connections end, rather than spin on accept.
      log::warn("accept_failed", {{"cause", error.message()}});
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    asio::co_spawn(*worker.loop.context, serve(worker.loop, std::move(socket)), asio::detached);
  }
}

Task<> Listener::serve(Loop& loop, tcp::socket socket) {
  connections_.add();
  try {
    boost::system::error_code gone;  // then there is no address, and the first read fails
    const asio::ip::address peer = socket.remote_endpoint(gone).address();
    Opened opened{std::make_unique<TcpStream>(std::move(socket)), {}, peer, {.address = address_text(peer)}};
    const auto connection = co_await options_.open(loop, std::move(opened));
    if (connection) co_await connection->run(handler_);
  } catch (const std::exception& error) {
    log::error("connection_failed", {{"cause", error.what()}});
  }
  connections_.remove();
}

void Listener::stop(std::chrono::milliseconds grace) {
  if (stopping_.exchange(true)) return;
  // Only when each loop has been told is every connection counted that there will be.
  const auto runs = [](const auto& worker) { return worker->thread.joinable(); };
  const auto told = std::make_shared<std::latch>(std::ranges::count_if(workers_, runs));
  on_workers([told](Worker& worker) {
    boost::system::error_code ignored;
    worker.acceptor.close(ignored);
    Stoppable::for_each(worker.loop.stoppables, [](Stoppable& item) { item.drain(); });
    told->count_down();
  });
  told->wait();
  if (!wait_until_closed(grace)) {
    on_workers(
        [](Worker& worker) { Stoppable::for_each(worker.loop.stoppables, [](Stoppable& item) { item.kill(); }); });
    constexpr std::chrono::milliseconds kUnwind{2'000};
    static_cast<void>(wait_until_closed(kUnwind));
  }
  on_workers([](Worker& worker) {
    worker.loop.deadlines.stop();
    worker.loop.work.reset();
    worker.loop.context->stop();
  });
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

template <class Work>
void Listener::on_workers(const Work& work) {
  for (auto& worker : workers_) asio::post(*worker->loop.context, [&worker = *worker, work] { work(worker); });
}

bool Listener::wait_until_closed(std::chrono::milliseconds most) {
  const auto end = std::chrono::steady_clock::now() + most;
  // In this order: only a connection begins what outlives it.
  return connections_.wait_until_none(end) && outliving_.wait_until_none(end);
}

}  // namespace faasta::http

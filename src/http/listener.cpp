#include "http/listener.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <latch>
#include <semaphore>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "http/loop.hpp"
#include "http/tcp_stream.hpp"

namespace faasta::http {

using asio::ip::tcp;

/// A thread with its own event loop and listening sockets.
struct Listener::Worker {
  explicit Worker(OpenCount& outliving) : loop(outliving) {}

  Loop loop;
  /// A listening socket, and the number of its endpoint. A worker has one or more for each endpoint.
  struct Accepting {
    tcp::acceptor acceptor;
    std::size_t endpoint;
  };
  std::vector<Accepting> accepting;
  std::thread thread;
};

Result<Endpoint> parse_listen(std::string_view text) {
  Endpoint endpoint;
  const std::size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return fail(Code::config_invalid, "'" + std::string(text) + "' is not ADDRESS:PORT");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code invalid;
  const auto address = asio::ip::make_address(std::string(host), invalid);
  if (invalid) return fail(Code::config_invalid, "'" + std::string(host) + "' is not an IP address");
  endpoint.address = address.to_string();
  return endpoint;
}

namespace {

/// Selects a congestion control without pacing. With pacing (as in BBR), the kernel sets a timer for nearly each
/// segment. Between two processes of one machine, such as a proxy and this server, pacing is useless.
void skip_pacing(tcp::acceptor& acceptor) {
  constexpr std::string_view kReno =
      "reno";  // each kernel has this algorithm, and any user may select it; accepted connections inherit the choice
  static_cast<void>(::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size()));
}

}  // namespace

Listener::Listener(ListenerOptions options, Handler handler)
    : options_(std::move(options)), handler_(std::move(handler)) {}

Listener::~Listener() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Listener>> Listener::open(ListenerOptions options, Handler handler) {
  std::unique_ptr<Listener> listener(new Listener(std::move(options), std::move(handler)));
  auto& endpoints = listener->options_.endpoints;
  for (unsigned i = 0; i < listener->options_.threads; ++i) {
    Worker& worker = *listener->workers_.emplace_back(std::make_unique<Worker>(listener->outliving_));
    for (std::size_t index = 0; index < endpoints.size(); ++index) RETURN_IF_ERROR(listener->listen(worker, index));
  }
  listener->addresses_.resize(endpoints.size());
  for (const auto& [acceptor, endpoint] : listener->workers_.front()->accepting) {
    const auto local = acceptor.local_endpoint();
    const bool v6 = local.address().is_v6();
    listener->addresses_[endpoint] =
        fmt::format("{}{}{}:{}", v6 ? "[" : "", local.address().to_string(), v6 ? "]" : "", local.port());
  }
  return listener;
}

void Listener::start() {
  for (auto& worker : workers_) {
    asio::co_spawn(*worker->loop.context, worker->loop.deadlines.run(), asio::detached);
    for (auto& [acceptor, endpoint] : worker->accepting)
      asio::co_spawn(*worker->loop.context, accept(*worker, acceptor, endpoint), asio::detached);
    worker->thread = std::thread([this, &worker = *worker] {
      if (options_.enter_thread) options_.enter_thread();
      worker.loop.run();
    });
  }
}

/// With n threads, thread i accepts on the sockets i, i + n, and so on. So each socket has a thread; otherwise the
/// clients in its queue would wait for ever. If there are fewer sockets than threads, some threads share a socket.
Result<> Listener::use_given(Worker& worker, std::size_t index) {
  const std::vector<int>& given = options_.endpoints[index].sockets;
  const std::size_t first = workers_.size() - 1;
  if (first >= given.size()) return use_given(worker, index, given[first % given.size()]);
  for (std::size_t i = first; i < given.size(); i += options_.threads)
    RETURN_IF_ERROR(use_given(worker, index, given[i]));
  return {};
}

Result<> Listener::use_given(Worker& worker, std::size_t index, int given) {
  const std::string& option = options_.endpoints[index].option;
  const int copy = ::fcntl(given, F_DUPFD_CLOEXEC, 0);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (copy < 0 || ::getsockname(copy, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail_errno(Code::listen_failed, option + ": the given socket", errno);
  boost::system::error_code error;
  tcp::acceptor acceptor(*worker.loop.context);
  acceptor.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), copy, error);
  if (error) return fail(Code::listen_failed, option + ": the given socket: " + error.message());
  worker.accepting.push_back({std::move(acceptor), index});
  return {};
}

Result<> Listener::listen(Worker& worker, std::size_t index) {
  Endpoint& wanted = options_.endpoints[index];
  if (!wanted.sockets.empty()) return use_given(worker, index);
  tcp::acceptor& acceptor =
      worker.accepting.emplace_back(Worker::Accepting{tcp::acceptor(*worker.loop.context), index}).acceptor;
  const tcp::endpoint endpoint(asio::ip::make_address(wanted.address), wanted.port);
  boost::system::error_code error;
  const auto failed = [&](std::string_view what) {
    return fail_with_advice(
        Code::listen_failed,
        fmt::format("{}: {} {}:{}: {}", wanted.option, what, wanted.address, wanted.port, error.message()),
        fmt::format("Stop the program that uses the port, or choose another with `{} ADDRESS:PORT`", wanted.option));
  };
  if (acceptor.open(endpoint.protocol(), error); error) return failed("open a socket for");
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (workers_.size() == 1) {
    // The listening sockets share their port. So a second server could listen on the same port without an error. This
    // probe does not share the port, and its bind() fails if another server uses the port. The probe never listens, so
    // no client can connect to it.
    tcp::acceptor probe(*worker.loop.context);
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
  wanted.port = acceptor.local_endpoint().port();  // the next thread listens on the same port
  return {};
}

Task<> Listener::accept(Worker& worker, tcp::acceptor& acceptor, std::size_t index) {
  constexpr std::chrono::milliseconds kPause{20};
  asio::steady_timer pause(*worker.loop.context);
  while (!draining_.load(std::memory_order_relaxed)) {
    if (places_.is_full()) {
      // Further clients wait in the kernel's queue until some connections have ended.
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Most likely there are no file descriptors left. Wait until some connections end, instead of calling accept() in
      // a loop.
      log::warn("accept_failed", {{"cause", error.message()}});
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    begin(worker, std::move(socket), index);
  }
}

void Listener::begin(Worker& worker, tcp::socket socket, std::size_t index) {
  boost::system::error_code gone;  // if the client is gone, the socket has no peer address, and the first read fails
  const asio::ip::address peer = socket.remote_endpoint(gone).address();
  auto place = options_.trusted.has(peer) ? places_.enter() : places_.enter(ClientNetwork(peer));
  if (!place) return;
  connections_.add();  // now, because the coroutine begins later, and stop() must see this connection
  asio::co_spawn(*worker.loop.context,
                 serve(worker.loop, std::move(socket), peer, std::move(place), options_.endpoints[index].open),
                 asio::detached);
}

/// Accepts the clients that wait in the kernel's queues. When a queue's last socket is closed, the kernel resets them.
void Listener::accept_waiting(Worker& worker) {
  for (auto& [acceptor, endpoint] : worker.accepting) {
    boost::system::error_code error;
    acceptor.non_blocking(true, error);
    while (!places_.is_full()) {
      tcp::socket socket(*worker.loop.context);
      if (acceptor.accept(socket, error); error) break;
      begin(worker, std::move(socket), endpoint);
    }
  }
}

Task<> Listener::serve(Loop& loop, tcp::socket socket, asio::ip::address peer,
                       std::unique_ptr<ConnectionPlaces::Place> place, const Open& open) {
  std::shared_ptr<Connection> connection;
  try {
    Opened opened{std::make_unique<TcpStream>(std::move(socket)), {}, peer, client_at(peer), std::move(place)};
    connection = co_await open(loop, std::move(opened));
    // stop() has called drain() only for the connections that existed then.
    if (connection && loop.draining) connection->drain();
  } catch (const std::exception& error) {
    log::error("connection_failed", {{"cause", error.what()}});
  }
  if (connection) {
    asio::co_spawn(*loop.context, run(loop, std::move(connection)), asio::detached);
  } else {
    connections_.remove();
  }
}

Task<> Listener::run(Loop& loop, std::shared_ptr<Connection> connection) {
  try {
    if (co_await connection->run(handler_) == Connection::Ran::idle) {
      connection->when_active(
          [this, &loop, connection] { asio::co_spawn(*loop.context, run(loop, connection), asio::detached); });
      loop.idle_memory.add();
      co_return;
    }
  } catch (const std::exception& error) {
    log::error("connection_failed", {{"cause", error.what()}});
  }
  connections_.remove();
}

void Listener::stop_accepting() {
  if (draining_.exchange(true)) return;
  // Connections are counted only after all loops have received the order to stop.
  const auto runs = [](const auto& worker) { return worker->thread.joinable(); };
  const auto told = std::make_shared<std::latch>(std::ranges::count_if(workers_, runs));
  on_workers([this, told](Worker& worker) {
    worker.loop.draining = true;
    accept_waiting(worker);
    boost::system::error_code ignored;
    for (auto& [acceptor, endpoint] : worker.accepting) acceptor.close(ignored);
    Stoppable::for_each(worker.loop.stoppables, [](Stoppable& item) { item.drain(); });
    told->count_down();
  });
  told->wait();
}

void Listener::stop(std::chrono::milliseconds grace) {
  stop_accepting();
  if (stopped_.exchange(true)) return;
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

void Listener::run_on_loop(std::function<Task<>(std::unique_ptr<LoopWaiter>)> work) {
  Loop& loop = workers_[next_loop_.fetch_add(1, std::memory_order_relaxed) % workers_.size()]->loop;
  outliving_.add();  // now, because the waiter is made later, and stop() must see this work
  asio::post(*loop.context, [this, &loop, work = std::move(work)] {
    auto waiter = std::make_unique<LoopWaiter>(Doorbell::make(loop.context), loop);
    outliving_.remove();
    asio::co_spawn(*loop.context, work(std::move(waiter)), asio::detached);
  });
}

template <class Work>
void Listener::on_workers(const Work& work) {
  for (auto& worker : workers_) asio::post(*worker->loop.context, [&worker = *worker, work] { work(worker); });
}

bool Listener::answers(std::chrono::milliseconds most) {
  const auto ran = std::make_shared<std::counting_semaphore<>>(0);
  on_workers([ran](Worker& /*worker*/) { ran->release(); });
  const auto end = std::chrono::steady_clock::now() + most;
  return std::ranges::all_of(workers_, [&](const auto& /*worker*/) { return ran->try_acquire_until(end); });
}

bool Listener::wait_until_closed(std::chrono::milliseconds most) {
  const auto end = std::chrono::steady_clock::now() + most;
  // The order of the two waits matters: from here on, only a connection can begin work that goes on after its exchange.
  return connections_.wait_until_none(end) && outliving_.wait_until_none(end);
}

}  // namespace faasta::http

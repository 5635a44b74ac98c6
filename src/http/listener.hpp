#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "http/connection.hpp"
#include "http/connection_places.hpp"
#include "http/loop_waiter.hpp"
#include "http/open_count.hpp"
#include "http/opening.hpp"

namespace faasta::http {

/// An address on which the listener accepts clients.
struct Endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free port
  std::string option;      ///< the name of the option that selects the address; used in error texts
  /// Listening sockets that another process has opened for this address. The listener uses copies of them, and opens
  /// none.
  std::vector<int> sockets = {};
  /// Called for each accepted client, to make its connection.
  Open open = open_http1(std::make_shared<const ConnectionOptions>());
};

struct ListenerOptions {
  std::vector<Endpoint> endpoints = {{}};  ///< at least one
  unsigned threads = 1;
  /// Of all threads together. If no place is free, further clients wait in the kernel's queue.
  ConnectionPlaces::Limits connections;
  TrustedProxies trusted;              ///< their connections count for no client network
  std::function<void()> enter_thread;  ///< called once on each thread before the thread accepts clients
};

/// Splits "ADDRESS:PORT"; an IPv6 address must be in brackets.
[[nodiscard]] Result<Endpoint> parse_listen(std::string_view text);

/// Accepts clients on all endpoints, and serves them. Each thread has its own event loop, and its own listening socket
/// for each address (SO_REUSEPORT). A request is accepted, answered and ended on one thread.
class Listener {
 public:
  /// Opens the listening sockets. Clients that connect wait until start().
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(ListenerOptions options, Handler handler);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Starts the threads, which accept clients. `handler` runs on these threads.
  void start();

  /// Runs `work` on one of the loops. stop() waits for the waiter as for work that goes on after its exchange. Any
  /// thread may call this between start() and the call of stop().
  void run_on_loop(std::function<Task<>(std::unique_ptr<LoopWaiter>)> work);

  /// The address that endpoint `index` listens on, with its actual port.
  [[nodiscard]] const std::string& address(std::size_t index = 0) const noexcept { return addresses_[index]; }
  [[nodiscard]] std::size_t open_connections() const { return connections_.now(); }
  [[nodiscard]] ConnectionPlaces::Counts place_counts() const { return places_.counts(); }
  /// Whether each loop runs a handler within this time. Blocks.
  [[nodiscard]] bool answers(std::chrono::milliseconds most);
  /// How many calls still run after their exchange has ended.
  [[nodiscard]] std::size_t outliving() const { return outliving_.now(); }

  /// Accepts the clients that have connected already, and no more. Blocks.
  void stop_accepting();
  /// Accepts no more clients, and waits up to `grace` until the requests under way have finished. Then ends the
  /// remaining requests. Blocks.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Worker;
  Listener(ListenerOptions options, Handler handler);
  Result<> listen(Worker& worker, std::size_t index);
  Result<> use_given(Worker& worker, std::size_t index);
  Result<> use_given(Worker& worker, std::size_t index, int given);
  Task<> accept(Worker& worker, asio::ip::tcp::acceptor& acceptor, std::size_t index);
  void accept_waiting(Worker& worker);
  void begin(Worker& worker, asio::ip::tcp::socket socket, std::size_t index);
  Task<> serve(Loop& loop, asio::ip::tcp::socket socket, asio::ip::address peer,
               std::unique_ptr<ConnectionPlaces::Place> place, const Open& open);
  Task<> run(Loop& loop, std::shared_ptr<Connection> connection);
  template <class Work>
  void on_workers(const Work& work);
  bool wait_until_closed(std::chrono::milliseconds most);

  ListenerOptions options_;
  Handler handler_;
  std::vector<std::string> addresses_;  ///< the addresses of the endpoints
  ConnectionPlaces places_{options_.connections};
  OpenCount connections_;
  OpenCount outliving_;
  std::atomic<std::size_t> next_loop_{0};  ///< of run_on_loop()
  std::atomic<bool> draining_{false};
  std::atomic<bool> stopped_{false};
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace faasta::http

#pragma once

#include <memory>

#include "http/deadlines.hpp"
#include "http/idle_memory.hpp"
#include "http/open_count.hpp"
#include "http/outbox.hpp"
#include "http/run_queue.hpp"
#include "http/stoppable.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// One event loop, and the objects that its connections share. Everything here is used on the loop's thread.
struct Loop {
  explicit Loop(OpenCount& outliving_of) : outliving(outliving_of) {}

  // The hint "one thread" lets Asio's scheduler work without locks.
  std::shared_ptr<asio::io_context> context = std::make_shared<asio::io_context>(1);
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(*context);
  Deadlines deadlines{*context};
  IdleMemory idle_memory{deadlines};
  Outbox outbox;
  RunQueue run_queue;
  Stoppable::List stoppables;
  bool draining = false;  ///< the server stops: a connection that begins now does not wait long for its first request
  OpenCount& outliving;   ///< counts, for all loops, the calls that go on after their exchange

  /// Runs handlers that are ready, until the context is stopped.
  void run() {
    while (!context->stopped()) {
      std::size_t handled = 0;
      while (handled < Outbox::kTurn && poll_one()) ++handled;
      outbox.flush();
      const bool idle = handled < Outbox::kTurn;
      if (run_queue.run_one(idle) || !idle) continue;
      context->run_one();
      run_queue.handler_ended();
    }
  }
  /// Runs one handler that is ready. False if no handler is ready.
  bool poll_one() {
    if (context->poll_one() == 0) return false;
    run_queue.handler_ended();
    return true;
  }
};

}  // namespace faasta::http

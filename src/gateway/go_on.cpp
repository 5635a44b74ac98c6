// Gateway::go_on: runs the rest of a call after its answer is complete.

#include "gateway/gateway.hpp"
#include "gateway/turn.hpp"
#include "gateway/usage.hpp"

namespace faasta::gateway {
namespace {

/// Polls the call until the guest or a limit ends it.
Task<Ending> poll_to_end(ServedCall& served, http::LoopWaiter& waiter) {
  engine::Call& call = *served.call;
  Turn<http::LoopWaiter> turn(waiter, served.target->deployed.owner, &call);
  if (!turn.begin()) co_await turn.wait();
  for (;;) {
    if (waiter.killed()) co_return Ending::failed({Code::shutting_down, "the work after the answer was cut off"});
    if (waiter.deadline_passed())
      co_return Ending::failed({Code::wall_limit, "the work after the answer was not done in time"});
    if (turn.over()) co_await turn.wait();
    engine::CallEvent event = call.poll();
    switch (event.kind) {
      case engine::CallEvent::Kind::pending:
        co_await waiter.wait();
        if (!turn.begin()) co_await turn.wait();
        break;
      case engine::CallEvent::Kind::need_body:
        served.rest.pass_to(call);
        break;
      case engine::CallEvent::Kind::output:
        served.log.output(event.stream, event.data);
        break;
      case engine::CallEvent::Kind::failed:
        co_return Ending::failed(std::move(*event.error));
      case engine::CallEvent::Kind::done:
        co_return Ending{};
      default:  // events of the answer, which is complete
        break;
    }
  }
}

}  // namespace

Task<> Gateway::go_on(std::unique_ptr<ServedCall> served, std::unique_ptr<http::LoopWaiter> waiter) {
  const SteadyTime began = std::chrono::steady_clock::now();
  served->call->set_waker(waiter->waker());
  waiter->set_deadline(served->times.admitted + served->target->deployed.settings.limits.wall);
  Ending ending = co_await poll_to_end(*served, *waiter);
  ending = replace_lost(*served, std::move(ending));
  note_usage(served->record, served->call->usage());
  served->record.after_us = std::max<std::uint64_t>(1, us_between(began, std::chrono::steady_clock::now()));
  served->release(keeps_sent(*served));
  observer_.ended(*served, ending);
  // The order matters: after the waiter is destroyed, the server does not wait for this call any more when it stops.
  served.reset();
  waiter.reset();
}

}  // namespace faasta::gateway

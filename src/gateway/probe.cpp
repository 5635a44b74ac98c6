// Gateway::probe: sends a request to a new version before any client can reach it.

#include "base/json.hpp"
#include "base/propagate.hpp"
#include "gateway/gateway.hpp"
#include "gateway/turn.hpp"

namespace faasta::gateway {
namespace {

/// The error that refuses a version contains at most this many bytes of the version's output.
constexpr std::size_t kWrittenBytes = 4096;

}  // namespace

Task<Result<>> Gateway::probe(http::Exchange& exchange, NewVersion version) {
  // A suspended function serves nobody, so its code does not run at all.
  if (const auto live = routes_.find(version.function, {}); !live && live.error().code == Code::function_suspended)
    co_return Result<>{};
  const FunctionSettings settings = capped(std::move(version.settings), options_.ceilings);
  const OwnerId owner = version.owner;
  CO_ASSIGN_OR_RETURN(auto opened, parts_.open_secrets(owner, version.function, settings));
  const FunctionEnvironment environment(version.function, 0, settings.env, std::move(opened));
  const SteadyTime now = std::chrono::steady_clock::now();
  exchange.set_deadline(now + std::min(options_.first_byte, settings.limits.wall));
  bool cold = false;
  CO_ASSIGN_OR_RETURN(const auto component, co_await loader_.get(version.sha256, owner, exchange, cold));

  const FieldView fields[] = {
      {"host", version.authority}, {"user-agent", "faasta-deploy"}, {"x-request-id", exchange.request_id()}};
  const engine::CallRequest asked{"GET", exchange.scheme(), version.authority, "/", fields, owner, 0};
  Turn<http::Exchange> turn(exchange, owner);
  if (!turn.begin()) co_await turn.wait();
  engine::GuestCall call(*component, asked, settings, environment.variables(), exchange.waker());
  call.end({});
  std::string written;  // kept for the error, because a version that never becomes active has no log
  turn.measure(call);
  while (!exchange.deadline_passed() && !exchange.client_gone()) {
    if (turn.over()) co_await turn.wait();
    engine::CallEvent event = call.poll();
    switch (event.kind) {
      case engine::CallEvent::Kind::head:
        co_return Result<>{};  // any status is accepted, because only the function knows the meaning of its status
      case engine::CallEvent::Kind::output:
        if (written.size() < kWrittenBytes) written += event.data.substr(0, kWrittenBytes - written.size());
        break;
      case engine::CallEvent::Kind::failed:
        if (!written.empty()) event.error->detail += "\nit wrote:\n" + valid_utf8(written);
        event.error->detail = environment.mask().masked(event.error->detail);
        co_return std::unexpected(std::move(*event.error));
      case engine::CallEvent::Kind::done:
        co_return fail(Code::no_response, "the guest returned without a response");
      case engine::CallEvent::Kind::pending:
        co_await exchange.wait();
        if (!turn.begin()) co_await turn.wait();
        break;
      default:
        break;
    }
  }
  if (exchange.client_gone()) co_return fail(Code::body_incomplete, "the client went away during the deploy");
  co_return fail(Code::wall_limit, "no answer came in time");
}

}  // namespace faasta::gateway

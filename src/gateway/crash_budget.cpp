#include "gateway/crash_budget.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "http/client_network.hpp"

namespace faasta::gateway {
namespace {

/// `client`: an IP address, or a text that stands for one, which then counts as a network of its own.
std::string key(const Target& target, std::string_view client) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(client, error);
  const std::string network = error ? std::string(client) : http::ClientNetwork(address).text();
  return fmt::format("{}/{}/{}", static_cast<std::int64_t>(target.deployed.function), target.deployed.version, network);
}

/// Whether the guest itself ended its call, or a limit of the call did.
bool is_crash(const Ending& ending) {
  if (!ending.is_failure || !ending.error) return false;
  switch (ending.error->code) {
    case Code::guest_trap:
    case Code::no_response:
    case Code::cpu_limit:
    case Code::memory_limit:
    case Code::resource_limit:
    case Code::engine_panic:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::chrono::seconds> CrashBudget::must_wait(const Target& target, std::string_view client) {
  if (!target.has_crashed->load(std::memory_order_relaxed)) return std::nullopt;
  return limiter_.would_wait(key(target, client), kCrashes);
}

void CrashBudget::ended(const Target& target, std::string_view client, const Ending& ending) {
  if (is_crash(ending)) {
    target.has_crashed->store(true, std::memory_order_relaxed);
    // Calls that ran at the same time as the last crash of the budget leave no debt.
    static_cast<void>(limiter_.take(key(target, client), kCrashes));
  } else if (!ending.is_failure && target.has_crashed->load(std::memory_order_relaxed)) {
    limiter_.spend(key(target, client), kCrashes, -1);
  }
}

}  // namespace faasta::gateway

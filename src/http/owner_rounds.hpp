#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace faasta::http {

/// Which of the calls that wait for one loop goes on next: deficit round robin, by the processor time that the calls of
/// each owner have used. In each round, each owner may use kQuantum. An owner who has used more has a debt, and the
/// owner's calls wait until the debt is paid by later rounds. So many calls of one owner wait for each other, and not
/// the calls of another owner for them. This class reads no clock and runs nothing. Used on one thread.
class OwnerRounds {
 public:
  using Resume = std::move_only_function<void()>;
  using Time = std::chrono::nanoseconds;

  /// An owner has two lines of calls. Calls in `first` go before calls in `later`, which have used much time already.
  enum class Line : std::uint8_t { first, later };

  /// The time that an owner may use in one round: a tick of the engine's epoch, so about one slice of a guest.
  static constexpr Time kQuantum = std::chrono::milliseconds(1);
  /// A debt is not counted above this. The longest instruction of a guest takes about half as long.
  static constexpr Time kMostDebt = std::chrono::milliseconds(200);
  /// If the line `first` of an owner is never empty, the line `later` still gets one turn in each period of this
  /// length.
  static constexpr std::chrono::milliseconds kPatience{10};
  /// Accounts without a waiting call that are kept, so that an account is not created again for each call.
  static constexpr std::size_t kKeptAccounts = 1024;

  /// Whether a call of the owner may run now, without waiting in a line: the owner has no debt, and no call in `first`.
  [[nodiscard]] bool may_run(OwnerId owner);
  void add(OwnerId owner, Line line, Resume resume);

  struct Next {
    OwnerId owner;
    Resume resume;
  };
  /// Takes the next call out of its line. Nothing if no call waits.
  [[nodiscard]] std::optional<Next> next(SteadyTime now);
  /// Counts the processor time that a call of the owner has used.
  void charge(OwnerId owner, Time used);
  /// Forgets all debts. Call this when no call waits and the loop has handled its events: then no owner has to wait for
  /// another, and a debt would only delay its owner.
  void forgive();

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  [[nodiscard]] std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  struct Account {
    OwnerId owner;
    std::uint64_t round;      ///< the round in which `left` was raised last
    Time left = kQuantum;     ///< what the owner may still use in this round; negative: a debt
    std::list<Resume> first;  // lists, because an empty deque has memory of its own
    std::list<Resume> later;
    SteadyTime later_ran;  ///< when a call of `later` ran last
    [[nodiscard]] bool waits() const noexcept { return !first.empty() || !later.empty(); }
  };

  Account& account(OwnerId owner);
  /// The rounds that pay the largest debt and give a quantum.
  static constexpr std::uint64_t kMostRounds = kMostDebt / kQuantum + 1;

  /// Returns `left` with a quantum for each round since the account was raised last.
  [[nodiscard]] Time left_now(const Account& account) const;
  void raise(Account& account) const;
  void drop_unused();

  std::unordered_map<OwnerId, Account> accounts_;
  std::deque<Account*> queue_;  ///< the accounts with waiting calls; the first one has its turn
  Account* recent_ = nullptr;   ///< the account that was used last: usually the next call has the same owner
  std::uint64_t round_ = 0;
  std::size_t drop_at_ = kKeptAccounts;
};

}  // namespace faasta::http

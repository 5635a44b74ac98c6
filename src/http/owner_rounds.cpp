#include "http/owner_rounds.hpp"

#include <algorithm>
#include <utility>

namespace faasta::http {

OwnerRounds::Account& OwnerRounds::account(OwnerId owner) {
  if (recent_ != nullptr && recent_->owner == owner) return *recent_;
  const auto found = accounts_.find(owner);
  if (found != accounts_.end()) {
    recent_ = &found->second;
    return *recent_;
  }
  if (accounts_.size() >= drop_at_) drop_unused();
  recent_ = &accounts_.emplace(owner, Account{owner, round_}).first->second;
  return *recent_;
}

OwnerRounds::Time OwnerRounds::left_now(const Account& account) const {
  const auto rounds = static_cast<Time::rep>(std::min<std::uint64_t>(round_ - account.round, kMostRounds));
  return std::min<Time>(kQuantum, account.left + rounds * kQuantum);
}

void OwnerRounds::raise(Account& account) const {
  account.left = left_now(account);
  account.round = round_;
}

/// Keeps the accounts that have a waiting call or a debt. A new account would be equal to the others.
void OwnerRounds::drop_unused() {
  recent_ = nullptr;
  std::erase_if(accounts_,
                [this](const auto& item) { return !item.second.waits() && left_now(item.second) >= kQuantum; });
  drop_at_ = std::max(kKeptAccounts, 2 * accounts_.size());  // so that each new account pays for its part of this work
}

bool OwnerRounds::may_run(OwnerId owner) {
  Account& mine = account(owner);
  raise(mine);
  return mine.left > Time::zero() && mine.first.empty();
}

void OwnerRounds::add(OwnerId owner, Line line, Resume resume) {
  Account& mine = account(owner);
  if (!mine.waits()) queue_.push_back(&mine);
  (line == Line::first ? mine.first : mine.later).push_back(std::move(resume));
}

std::optional<OwnerRounds::Next> OwnerRounds::next(SteadyTime now) {
  if (queue_.empty()) return std::nullopt;
  // An account that has used its quantum goes to the end. When the first account was raised in this round already, all
  // others were too, and the next round begins. Each round pays at least a part of each debt, so this loop ends.
  for (;;) {
    Account& front = *queue_.front();
    raise(front);
    if (front.left > Time::zero()) break;
    if (queue_.size() > 1) {
      queue_.pop_front();
      queue_.push_back(&front);
    }
    if (queue_.front()->round == round_) ++round_;
  }
  Account& mine = *queue_.front();
  const bool later = mine.first.empty() || (!mine.later.empty() && now - mine.later_ran >= kPatience);
  if (later) mine.later_ran = now;
  std::list<Resume>& line = later ? mine.later : mine.first;
  Next out{mine.owner, std::move(line.front())};
  line.pop_front();
  if (!mine.waits()) queue_.pop_front();
  return out;
}

void OwnerRounds::charge(OwnerId owner, Time used) {
  Account& mine = account(owner);
  raise(mine);
  mine.left = std::max<Time>(-kMostDebt, mine.left - used);
}

void OwnerRounds::forgive() {
  round_ += kMostRounds;
  if (accounts_.size() > kKeptAccounts) drop_unused();
}

}  // namespace faasta::http

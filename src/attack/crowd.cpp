#include "attack/crowd.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <stop_token>
#include <utility>
#include <vector>

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDrip{1000};
constexpr milliseconds kBeforeNextConnection{20};
constexpr milliseconds kLongestSleep{20};

/// One connection of the crowd.
struct Member {
  FileDescriptor socket;
  AnswerReader reader;
  std::string out;  ///< bytes to send, from `sent` on
  std::size_t sent = 0;
  unsigned awaited = 0;  ///< answers
  SteadyTime asked;      ///< when the last request was sent
  std::uint64_t turn = 0;
};

/// A time at which a member acts, if the member's turn is still the same.
struct Due {
  SteadyTime at;
  std::size_t member;
  std::uint64_t turn;
  bool operator>(const Due& other) const noexcept { return at > other.at; }
};

}  // namespace

std::uint64_t Tally::answered() const {
  std::uint64_t out = 0;
  for (const auto& [status, count] : by_status) out += count;
  return out;
}

std::uint64_t Tally::refused() const {
  std::uint64_t out = lost;
  for (const auto& [status, count] : by_status)
    if (status >= 400) out += count;
  return out;
}

void Tally::add(const Tally& other) {
  for (const auto& [status, count] : other.by_status) by_status[status] += count;
  lost += other.lost;
  wrong += other.wrong;
}

void Tally::subtract(const Tally& earlier) {
  for (const auto& [status, count] : earlier.by_status) by_status[status] -= count;
  lost -= earlier.lost;
  wrong -= earlier.wrong;
  const auto later = [](std::vector<double>& times, const std::vector<double>& before) {
    times.erase(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(before.size()));
  };
  later(served_ms, earlier.served_ms);
  later(refused_ms, earlier.refused_ms);
}

/// Runs on the crowd's thread.
class Crowd::Loop {
 public:
  Loop(Crowd& crowd, std::uint16_t port)
      : crowd_(crowd),
        plan_(crowd.plan_),
        port_(port),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        members_(plan_.connections) {}

  void run(const std::stop_token& stop) {
    for (std::size_t i = 0; i < members_.size(); ++i) at(i, plan_.period * i / members_.size());
    std::array<epoll_event, 256> events;
    while (!stop.stop_requested()) {
      auto wait = kLongestSleep;
      if (!due_.empty())
        wait = std::clamp(std::chrono::ceil<milliseconds>(due_.top().at - steady_clock::now()), milliseconds{0}, wait);
      const int ready =
          ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(wait.count()));
      for (int i = 0; i < ready; ++i) happened(events[static_cast<std::size_t>(i)]);
      act(stop);
    }
  }

 private:
  void at(std::size_t index, steady_clock::duration later) {
    due_.push({steady_clock::now() + later, index, ++members_[index].turn});
  }

  void act(const std::stop_token& stop) {
    const auto now = steady_clock::now();
    while (!due_.empty() && due_.top().at <= now && !stop.stop_requested()) {
      const Due due = due_.top();
      due_.pop();
      Member& member = members_[due.member];
      if (member.turn != due.turn) continue;
      if (!member.socket)
        open(due.member);
      else if (member.awaited == 0)
        ask(due.member);
      else
        drip(due.member);
    }
  }

  void open(std::size_t index) {
    Member& member = members_[index];
    const Client from{plan_.from.number + static_cast<std::uint32_t>(index % plan_.addresses)};
    auto socket = begin_connection(port_, from, plan_.receive_buffer);
    if (!socket) {
      crowd_.count_lost();
      return at(index, kBeforeNextConnection);
    }
    // A connection that closes is gone at once, so an attack leaves no port in TIME_WAIT.
    const linger at_once{1, 0};
    static_cast<void>(::setsockopt(socket->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    member = Member{.socket = *std::move(socket),
                    .reader = AnswerReader(plan_.right.size() + (plan_.right.empty() ? 0 : 1)),
                    .out = {},
                    .turn = member.turn};
    epoll_event event{.events = 0, .data = {.u64 = index}};
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, member.socket.get(), &event));
    ask(index);
  }

  void ask(std::size_t index) {
    Member& member = members_[index];
    member.out.clear();
    member.sent = 0;
    for (unsigned i = 0; i < plan_.together; ++i) member.out += plan_.request(requests_++);
    member.awaited = plan_.together;
    member.asked = steady_clock::now();
    write(index);
  }

  void drip(std::size_t index) {
    Member& member = members_[index];
    if (member.sent == member.out.size()) {
      member.out = plan_.drip;
      member.sent = 0;
    }
    write(index);
  }

  void write(std::size_t index) {
    Member& member = members_[index];
    while (member.sent < member.out.size()) {
      const ssize_t sent =
          ::send(member.socket.get(), member.out.data() + member.sent, member.out.size() - member.sent, MSG_NOSIGNAL);
      if (sent > 0)
        member.sent += static_cast<std::size_t>(sent);
      else if (errno == EAGAIN || errno == ENOTCONN)
        break;
      else
        return lose(index);
    }
    const bool more = member.sent < member.out.size();
    epoll_event event{.events = (plan_.reads ? EPOLLIN : 0U) | (more ? EPOLLOUT : 0U), .data = {.u64 = index}};
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, member.socket.get(), &event));
    if (!more && !plan_.drip.empty()) at(index, kDrip);
  }

  void happened(const epoll_event& event) {
    const auto index = static_cast<std::size_t>(event.data.u64);
    if (!members_[index].socket) return;
    if ((event.events & EPOLLIN) != 0) return read(index);
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) return lose(index);
    if ((event.events & EPOLLOUT) != 0) write(index);
  }

  void read(std::size_t index) {
    Member& member = members_[index];
    const ssize_t got = ::recv(member.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return lose(index);
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    bool last = false;
    while (auto answer = member.reader.take(bytes)) {
      crowd_.count(*answer, member.asked);
      last = last || answer->last;
      member.awaited -= std::min(member.awaited, 1U);
    }
    if (last) return close(index, before_next(member));
    if (member.awaited == 0) at(index, before_next(member));
  }

  void lose(std::size_t index) {
    crowd_.count_lost();
    close(index, std::max(plan_.pause, kBeforeNextConnection));
  }

  void close(std::size_t index, steady_clock::duration before_next) {
    members_[index].socket = FileDescriptor();
    at(index, before_next);
  }

  /// Returns the time until the member's next request, after an answer.
  [[nodiscard]] steady_clock::duration before_next(const Member& member) const {
    if (plan_.period.count() == 0) return plan_.pause;
    return std::max(member.asked + plan_.period - steady_clock::now(), steady_clock::duration{0});
  }

  Crowd& crowd_;
  const CrowdPlan& plan_;
  std::uint16_t port_;
  FileDescriptor epoll_;
  std::vector<Member> members_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t requests_ = 0;
  std::array<char, 65536> buffer_;
};

Crowd::Crowd(CrowdPlan plan, std::uint16_t port)
    : plan_(std::move(plan)), thread_([this, port](const std::stop_token& stop) {
        // Linux has a priority for each thread: 0 is the calling one.
        constexpr int kLowest = 19, kHigh = -15;
        static_cast<void>(::setpriority(PRIO_PROCESS, 0, plan_.preferred ? kHigh : kLowest));
        auto loop = std::make_unique<Loop>(*this, port);
        loop->run(stop);
      }) {}

Tally Crowd::tally() const {
  const std::scoped_lock lock(mutex_);
  return tally_;
}

void Crowd::count(const Answer& answer, SteadyTime asked) {
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - asked;
  const std::scoped_lock lock(mutex_);
  ++tally_.by_status[answer.status];
  if (plan_.timed) (answer.status == 200 ? tally_.served_ms : tally_.refused_ms).push_back(took.count());
  if (answer.status == 200 && !plan_.right.empty() && answer.body != plan_.right) ++tally_.wrong;
}

void Crowd::count_lost() {
  const std::scoped_lock lock(mutex_);
  ++tally_.lost;
}

}  // namespace faasta::attack

#include "server/rebuilder.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "compile/prepare.hpp"
#include "compile/quarantine.hpp"

namespace faasta::server {

void Rebuilder::take_out_crashed() {
  for (const auto& [component, signal] : crashes_.fresh()) {
    log::error("code_ended_process",
               {{"sha256", component.hex()},
                {"signal", signal},
                {"effect", crashes_.is_barred(component) ? "it is not run any more" : "it is compiled anew"}});
    compile::quarantine_all(artifacts_, component, "it ended the server's process");
  }
}

std::optional<Error> Rebuilder::ask(const Sha256& sha256) {
  if (crashes_.is_barred(sha256)) return Error{Code::component_ended_server, {}};
  {
    const std::scoped_lock lock(mutex_);
    const auto [attempt, is_new] = attempts_.try_emplace(sha256);
    Attempt& known = attempt->second;
    if (!is_new && known.under_way) return std::nullopt;
    if (const auto now = std::chrono::steady_clock::now(); !is_new && now < known.next) {
      if (known.hopeless) return known.hopeless;
      return Error{Code::rebuilding, "the last attempt failed; the server's log says why",
                   std::chrono::ceil<std::chrono::seconds>(known.next - now)};
    }
    known.under_way = true;
  }
  asio::post(pool_, [this, sha256] { rebuild(sha256); });
  return std::nullopt;
}

void Rebuilder::rebuild_now(const Sha256& sha256) {
  if (!crashes_.is_barred(sha256)) rebuild(sha256);
}

bool Rebuilder::busy() {
  const std::scoped_lock lock(mutex_);
  return running_ > 0 || std::ranges::any_of(attempts_, [](const auto& attempt) { return attempt.second.under_way; });
}

void Rebuilder::rebuild(const Sha256& sha256) {
  {
    const std::scoped_lock lock(mutex_);
    ++running_;
  }
  const store::Artifacts::Pin pin(artifacts_, sha256);
  compile::quarantine_altered(engine_, artifacts_, sha256, compile::Read::all);
  compile::CpuTime used{};  // nobody is charged: the server itself needs the code
  const auto done = compile::prepare(compiler_, artifacts_, sha256, artifacts_.component(sha256), ceilings_, used);
  if (done) {
    log::info("rebuilt", {{"sha256", sha256.hex()}});
  } else {
    log::error("rebuild_failed",
               {{"sha256", sha256.hex()}, {"code", info(done.error().code).name}, {"cause", done.error().detail}});
  }
  {
    const std::scoped_lock lock(mutex_);
    if (done) {
      attempts_.erase(sha256);
    } else {
      Attempt& failed = attempts_[sha256];
      failed.under_way = false;
      failed.hopeless = done.error().code == Code::component_damaged ? std::optional(done.error()) : std::nullopt;
      failed.pause = std::clamp(failed.pause * 4, kFirstPause, kLongestPause);
      failed.next = std::chrono::steady_clock::now() + failed.pause;
    }
  }
  rebuilt_(sha256);
  // Not before: a server that is not busy may end, and with it what `rebuilt_` uses.
  const std::scoped_lock lock(mutex_);
  --running_;
}

}  // namespace faasta::server

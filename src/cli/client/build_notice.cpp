#include "cli/client/build_notice.hpp"

#include <fmt/format.h>

#include <utility>

namespace faasta::cli {
namespace {

constexpr int kWaitMilliseconds = 50;  // short, so that the object ends soon
constexpr int kLastWaits = 4;
constexpr int kLastWaitsForBodies = 20;

/// `refresh` makes a browser ask again.
std::string page(const std::string& function, bool failed) {
  const std::string text =
      failed
          ? fmt::format("The first build of {} failed: the terminal of `faasta dev` says why. Save a change.\n",
                        function)
          : fmt::format("`faasta dev` builds {} for the first time. Ask again when it says that version 1 answers.\n",
                        function);
  return fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n"
      "cache-control: no-store\r\nretry-after: 1\r\nrefresh: 1\r\nconnection: close\r\n\r\n{}",
      text.size(), text);
}

}  // namespace

Result<std::unique_ptr<BuildNotice>> BuildNotice::start(int port, std::string function) {
  auto visitors = Visitors::listen(port);
  if (!visitors) return std::unexpected(visitors.error());
  return std::unique_ptr<BuildNotice>(new BuildNotice(std::move(*visitors), std::move(function)));
}

BuildNotice::BuildNotice(Visitors visitors, std::string function)
    : visitors_(std::move(visitors)), function_(std::move(function)), thread_([this] { answer(); }) {}

BuildNotice::~BuildNotice() { static_cast<void>(hand_over()); }

int BuildNotice::hand_over() {
  ends_ = true;
  if (thread_.joinable()) thread_.join();
  return visitors_.socket();
}

void BuildNotice::answer() {
  const auto reply = [this](std::string_view, FileDescriptor connection) {
    visitors_.send_and_leave(std::move(connection), page(function_, failed_));
  };
  while (!ends_) visitors_.wait(kWaitMilliseconds, reply);
  // Visitors whose request is on its way get their answer too.
  visitors_.accept_no_more();
  for (int i = 0; i < (visitors_.leaving() ? kLastWaitsForBodies : kLastWaits) && !visitors_.empty(); ++i)
    visitors_.wait(kWaitMilliseconds, reply);
}

}  // namespace faasta::cli

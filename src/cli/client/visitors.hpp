#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::cli {

/// Reads the heads of HTTP requests that arrive on a port of 127.0.0.1. Others may open connections on which they send
/// nothing, as browsers do: they delay nobody. Used on one thread.
class Visitors {
 public:
  /// `port`: 0 takes any that is free.
  [[nodiscard]] static Result<Visitors> listen(int port);

  [[nodiscard]] int port() const noexcept { return port_; }
  /// Returns the socket that listens. This object still owns it.
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  /// From now on, new connections wait in the queue of the socket.
  void accept_no_more() noexcept { accepting_ = false; }
  [[nodiscard]] bool empty() const noexcept { return visitors_.empty(); }
  /// Whether clients that have their answer still send the rest of their requests.
  [[nodiscard]] bool leaving() const noexcept;
  /// Waits at most `milliseconds` for bytes. Calls `take` for each request whose head is complete, with its connection.
  void wait(int milliseconds, const std::function<void(std::string_view head, FileDescriptor connection)>& take);
  /// Sends an answer, as send_last() does, and reads the rest of the request during later calls of wait(). Without
  /// that, a client that still sends its body would get a reset in place of the answer. Bounded in bytes and in time.
  void send_and_leave(FileDescriptor connection, std::string_view answer);

 private:
  struct Visitor {
    FileDescriptor socket;
    std::string received;
    std::chrono::steady_clock::time_point came;
    bool answered = false;
    std::size_t discarded = 0;  ///< bytes that came after the answer
  };

  Visitors(FileDescriptor socket, int port) : socket_(std::move(socket)), port_(port) {}
  void accept();
  /// Reads what has come. Returns whether the visitor stays.
  [[nodiscard]] static bool read(Visitor& visitor, bool spoke,
                                 const std::function<void(std::string_view, FileDescriptor)>& take);

  FileDescriptor socket_;
  int port_;
  bool accepting_ = true;
  std::vector<Visitor> visitors_;
  std::vector<Visitor> answered_;  ///< during a call of wait()
};

/// Sends an answer that is small enough for the socket's buffer, so one call sends all of it.
void send_last(const FileDescriptor& connection, std::string_view answer);

}  // namespace faasta::cli

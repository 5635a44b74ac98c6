#pragma once

#include "http/stream.hpp"

namespace faasta::http {

/// A TCP connection without encryption.
class TcpStream final : public Stream {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket);

  Moved read_now(std::span<char> into) override;
  void wait_readable(OnReadable done) override;
  void await_at_least(int bytes) noexcept override;
  void acknowledge() noexcept override;
  Moved write_now(std::string_view bytes) override;
  Task<bool> wait_writable() override;
  void cancel() override;
  void shut_down() override;
  void reset() override;
  void close() override;

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace faasta::http

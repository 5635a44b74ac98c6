#include "http/tcp_stream.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace faasta::http {
namespace {

/// Whether the stream has ended. False for would_block: no byte can be read or written now, but the stream goes on.
bool is_end(const boost::system::error_code& error) { return error && error != asio::error::would_block; }

}  // namespace

// Errors of setting options, cancelling and closing are ignored. They occur only if the socket has failed, and then the
// next read reports the failure.

TcpStream::TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

Stream::Moved TcpStream::read_now(std::span<char> into) {
  boost::system::error_code error;
  const std::size_t bytes = socket_.read_some(asio::buffer(into.data(), into.size()), error);
  return {bytes, is_end(error)};
}

void TcpStream::wait_readable(OnReadable done) {
  socket_.async_wait(asio::socket_base::wait_read,
                     [done = std::move(done)](const boost::system::error_code& error) mutable { done(!error); });
}

void TcpStream::await_at_least(int bytes) noexcept {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::receive_low_watermark(bytes), ignored);
}

void TcpStream::acknowledge() noexcept {
  const int on = 1;
  static_cast<void>(::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
}

Stream::Moved TcpStream::write_now(std::string_view bytes) {
  boost::system::error_code error;
  const std::size_t written = socket_.write_some(asio::buffer(bytes), error);
  return {written, is_end(error)};
}

Task<bool> TcpStream::wait_writable() {
  const auto [error] = co_await socket_.async_wait(asio::socket_base::wait_write, asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

void TcpStream::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void TcpStream::shut_down() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void TcpStream::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void TcpStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace faasta::http

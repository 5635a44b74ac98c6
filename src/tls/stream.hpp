#pragma once

#include <memory>
#include <string>

#include "http/read_buffer.hpp"
#include "http/stream.hpp"
#include "tls/certificate_set.hpp"
#include "tls/library.hpp"

namespace faasta::tls {

/// A connection with TLS on top of another stream. AWS-LC reads from the lower stream and appends its records to one
/// string. So one write to the lower stream contains all records of a turn of the loop. An idle connection has no
/// buffer.
class TlsStream final : public http::Stream {
 public:
  /// `begun`: bytes of the client that were already read.
  TlsStream(asio::io_context& loop, std::unique_ptr<http::Stream> lower, http::ReadBuffer begun, Session session);

  enum class Handshake : std::uint8_t { done, waits, failed };
  /// Continues the handshake with the bytes that have arrived, and writes the answer. After `waits`, call this function
  /// again when more bytes have arrived (wait_handshake()), or, if unwritten() is not 0, when more can be written.
  [[nodiscard]] Handshake shake_hands();
  /// Calls `done` once, on the loop, when shake_hands() can read more bytes.
  void wait_handshake(OnReadable done) { lower_->wait_readable(std::move(done)); }
  /// Whether the client does not speak TLS: its first byte is a letter, as in "GET /".
  [[nodiscard]] bool in_the_clear() const noexcept { return in_the_clear_; }
  /// Keeps the shown certificate alive as long as this stream, because Client::covered points to the certificate.
  void keep(std::shared_ptr<const ShownCertificate> shown) noexcept { shown_ = std::move(shown); }
  [[nodiscard]] SSL* session() const noexcept { return session_.get(); }
  [[nodiscard]] http::Stream& lower() noexcept { return *lower_; }

  Moved read_now(std::span<char> into) override;
  void wait_readable(OnReadable done) override;
  Moved write_now(std::string_view bytes) override;
  Task<bool> wait_writable() override;
  void release() noexcept override;
  void cancel() override;
  void shut_down() override;
  void reset() override;
  void close() override;

 private:
  static const BIO_METHOD* method();
  static int read_lower(BIO* bio, char* into, int size);
  static int append_record(BIO* bio, const char* bytes, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
  void push();
  void follow_records(std::string_view bytes);
  void await_record(bool waits);

  asio::io_context& loop_;
  std::unique_ptr<http::Stream> lower_;
  http::ReadBuffer begun_;
  std::shared_ptr<const ShownCertificate> shown_;
  Session session_;
  std::string records_;  ///< the bytes from records_written_ on are not written yet
  std::size_t records_written_ = 0;
  std::uint64_t sent_ = 0;         ///< bytes of plaintext that were sent
  std::uint16_t record_left_ = 0;  ///< of the handshake's record that is arriving: the bytes that are still missing
  std::uint16_t awaited_ = 1;      ///< the last value of await_at_least()
  std::uint8_t record_head_ = 0;   ///< how many bytes of the record's head have arrived
  bool shakes_hands_ = true;
  bool first_byte_ = true;  ///< no byte has arrived yet
  bool in_the_clear_ = false;
  bool lower_ended_ = false;    ///< the lower stream has no more bytes
  bool may_have_more_ = false;  ///< AWS-LC may still hold bytes that it has read from the lower stream
  bool failed_ = false;
};

}  // namespace faasta::tls

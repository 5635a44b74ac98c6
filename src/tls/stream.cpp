#include "tls/stream.hpp"

#include "base/free_string.hpp"

#include <algorithm>
#include <new>

namespace faasta::tls {
namespace {

/// This many bytes of plaintext are encrypted, and then the records are written. If the lower stream takes no more
/// bytes, the rest of the plaintext is not encrypted yet.
constexpr std::size_t kSealAtOnce = 64U << 10U;
/// A client can decrypt a record only when the whole record has arrived. At the start of a connection, TCP sends few
/// packets in a round trip. So a record is as long as one packet, until this many bytes were sent.
constexpr std::uint64_t kShortRecords = 32U << 10U;
constexpr int kShortRecord = 1300;
constexpr int kLongRecord = SSL3_RT_MAX_PLAIN_LENGTH;
/// When the buffer for records is empty and larger than this, it is freed.
constexpr std::size_t kKeepBytes = 1U << 10U;

}  // namespace

const BIO_METHOD* TlsStream::method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    if (made == nullptr || BIO_meth_set_read(made, read_lower) != 1 || BIO_meth_set_write(made, append_record) != 1 ||
        BIO_meth_set_ctrl(made, control) != 1)
      throw std::bad_alloc();
    return made;
  }();
  return kMethod;
}

TlsStream::TlsStream(asio::io_context& loop, std::unique_ptr<http::Stream> lower, http::ReadBuffer begun,
                     Session session)
    : loop_(loop), lower_(std::move(lower)), begun_(std::move(begun)), session_(std::move(session)) {
  BIO* const bio = BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_accept_state(session_.get());
  SSL_set_max_send_fragment(session_.get(), kShortRecord);
}

int TlsStream::read_lower(BIO* bio, char* into, int size) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  std::size_t bytes = 0;
  if (!self.begun_.empty()) {
    const std::string_view begun = self.begun_.filled();
    bytes = begun.copy(into, static_cast<std::size_t>(size));
    self.begun_.consume(bytes);
    self.begun_.release();
  } else if (!self.lower_ended_) {
    const Moved read = self.lower_->read_now({into, static_cast<std::size_t>(size)});
    bytes = read.bytes;
    self.lower_ended_ = read.ended;
  }
  if (bytes == 0) {
    if (self.lower_ended_) return 0;
    BIO_set_retry_read(bio);
    constexpr int kNoneYet = -1;
    return kNoneYet;
  }
  if (self.shakes_hands_) self.follow_records({into, bytes});
  if (std::exchange(self.first_byte_, false)) self.in_the_clear_ = *into >= 'A' && *into <= 'Z';
  return static_cast<int>(bytes);
}

int TlsStream::append_record(BIO* bio, const char* bytes, int size) {
  static_cast<TlsStream*>(BIO_get_data(bio))->records_.append(bytes, static_cast<std::size_t>(size));
  return size;
}

long TlsStream::control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsStream::push() {
  if (in_the_clear_)
    records_.clear();  // drop the alert: a client that speaks plain HTTP could not read an answer after it
  if (records_written_ < records_.size()) {
    const Moved written = lower_->write_now(std::string_view(records_).substr(records_written_));
    records_written_ += written.bytes;
    if (written.ended) failed_ = true;
  }
  set_unwritten(failed_ ? 0 : records_.size() - records_written_);
  if (unwritten() > 0) return;
  records_written_ = 0;
  if (records_.capacity() > kKeepBytes) {
    free_string(records_);
  } else {
    records_.clear();
  }
}

/// Finds the end of the record that is arriving (RFC 8446 section 5.1).
void TlsStream::follow_records(std::string_view bytes) {
  while (!bytes.empty()) {
    if (record_head_ < SSL3_RT_HEADER_LENGTH) {
      // The last two bytes of a head are the length of the record.
      record_left_ = static_cast<std::uint16_t>(record_left_ << 8U | static_cast<std::uint8_t>(bytes.front()));
      ++record_head_;
      bytes.remove_prefix(1);
    } else {
      const std::size_t part = std::min<std::size_t>(record_left_, bytes.size());
      record_left_ = static_cast<std::uint16_t>(record_left_ - part);
      bytes.remove_prefix(part);
    }
    if (record_head_ == SSL3_RT_HEADER_LENGTH && record_left_ == 0) record_head_ = 0;
  }
}

/// `waits`: the handshake waits for bytes. If a part of a record has arrived, it waits for the whole record: so a
/// client that sends single bytes costs no work for each of them.
void TlsStream::await_record(bool waits) {
  std::uint16_t bytes = 1;
  if (waits && record_head_ == SSL3_RT_HEADER_LENGTH) bytes = record_left_;
  if (waits && record_head_ > 0 && record_head_ < SSL3_RT_HEADER_LENGTH)
    bytes = static_cast<std::uint16_t>(SSL3_RT_HEADER_LENGTH - record_head_);
  if (std::exchange(awaited_, bytes) != bytes) lower_->await_at_least(bytes);
}

TlsStream::Handshake TlsStream::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  push();
  const bool waits = result != 1 && SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ;
  await_record(waits);
  if (failed_) return Handshake::failed;
  if (result == 1) {
    shakes_hands_ = false;
    // The first request may have arrived in the same packet as the end of the handshake.
    may_have_more_ = SSL_has_pending(session_.get()) == 1 || !begun_.empty();
    if (!may_have_more_) lower_->acknowledge();  // the tickets are sent with the first answer
    return Handshake::done;
  }
  return waits ? Handshake::waits : Handshake::failed;
}

http::Stream::Moved TlsStream::read_now(std::span<char> into) {
  Moved out;
  if (failed_) return {0, true};
  ERR_clear_error();
  while (out.bytes < into.size()) {
    const std::size_t room = into.size() - out.bytes;
    const int result = SSL_read(session_.get(), into.data() + out.bytes, static_cast<int>(room));
    if (result > 0) {
      out.bytes += static_cast<std::size_t>(result);
      continue;
    }
    const int error = SSL_get_error(session_.get(), result);
    out.ended = error != SSL_ERROR_WANT_READ;
    // After an error, the server also may not write. If the client ends TLS properly, this is not an error.
    if (out.ended && error != SSL_ERROR_ZERO_RETURN) failed_ = true;
    break;
  }
  may_have_more_ = out.bytes == into.size() && !out.ended;
  push();  // if the client updated its keys, the answer to the update is sent
  return out;
}

void TlsStream::wait_readable(OnReadable done) {
  if (!may_have_more_) return lower_->wait_readable(std::move(done));
  asio::post(loop_, [done = std::move(done)]() mutable { done(true); });
}

http::Stream::Moved TlsStream::write_now(std::string_view bytes) {
  Moved out;
  push();
  ERR_clear_error();
  while (!failed_ && unwritten() == 0 && out.bytes < bytes.size()) {
    const std::size_t most = sent_ < kShortRecords ? static_cast<std::size_t>(kShortRecords - sent_) : kSealAtOnce;
    const std::string_view part = bytes.substr(out.bytes, most);
    const int result = SSL_write(session_.get(), part.data(), static_cast<int>(part.size()));
    if (result <= 0) {
      failed_ = true;
      break;
    }
    out.bytes += static_cast<std::size_t>(result);
    const bool were_short = sent_ < kShortRecords;
    sent_ += static_cast<std::uint64_t>(result);
    if (were_short && sent_ >= kShortRecords) SSL_set_max_send_fragment(session_.get(), kLongRecord);
    push();
  }
  out.ended = failed_;
  return out;
}

Task<bool> TlsStream::wait_writable() { return lower_->wait_writable(); }
void TlsStream::release() noexcept {
  if (records_.empty()) free_string(records_);
  begun_.release();
}
void TlsStream::cancel() { lower_->cancel(); }

void TlsStream::shut_down() {
  if (!failed_) {
    ERR_clear_error();
    SSL_shutdown(session_.get());
    push();
  }
  lower_->shut_down();
}

void TlsStream::reset() { lower_->reset(); }
void TlsStream::close() { lower_->close(); }

}  // namespace faasta::tls

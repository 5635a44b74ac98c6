#pragma once
// The limits of an HTTP/2 connection. Each limit stops an attack that was published. docs/tls.md lists the limits, and
// tests/test_http2_limits.py tests them.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/token_bucket.hpp"

namespace faasta::http::http2 {

// Limits for requests.
inline constexpr std::uint32_t kStreams =
    100;  ///< streams at a time; a handler that still runs after a reset counts as a stream
inline constexpr std::uint32_t kRequests = 10'000;  ///< requests on one connection; then the server sends GOAWAY
inline constexpr unsigned kBegunInATurn = 16;       ///< handlers that one connection starts in a turn of the loop
/// Handlers of one connection that wait for their first slice of the processor. More are not started: whether there is
/// memory for their answers is known only after those have answered.
inline constexpr unsigned kAwaitFirstTurn = 8;

// Limits for heads. Cookie fields are counted separately, because browsers send each cookie as its own field.
inline constexpr std::size_t kCrumbs = 256;        ///< cookie fields of a request; a request with more gets a 431
inline constexpr std::size_t kStoredFields = 400;  ///< fields of a head that are stored; the others are only counted
inline constexpr std::size_t kAllFields = 1'000;   ///< fields of a head; if there are more, the server sends GOAWAY
inline constexpr std::size_t kFieldCost = 64;      ///< bytes of memory that a field costs in addition to its text
inline constexpr std::size_t kHeads =
    256U << 10U;  ///< bytes of all heads of a connection; a request above this limit gets a 431
// A byte of a head can stand for 4 KiB of text, as a reference to the HPACK table, and nghttp2 reads all of the text.
// So the text is limited too. Each byte that arrives allows kTextOfAByte bytes of text; more text counts.
inline constexpr std::size_t kTextOfAByte = 32;
/// Bytes of text in the heads of one read; if there are more, the server sends GOAWAY.
inline constexpr std::size_t kTextInARead = 1U << 20U;
/// Bytes of text that count. A connection with more is read again when the bucket has tokens.
inline constexpr Rate kText{.burst = 1U << 20U, .period = std::chrono::seconds(1)};
inline constexpr std::uint32_t kTable = 4096;  ///< bytes of each of the two HPACK tables

// Limits for bodies, in bytes.
inline constexpr std::int32_t kStreamWindow = 65'535;  ///< the first window of a stream (RFC 9113 section 6.9.2)
inline constexpr std::int32_t kMostStreamWindow = 1 << 20;
inline constexpr std::int32_t kConnectionWindow = 768 << 10;
// Memory, in bytes. A connection holds less than 2 MiB: kMemory of heads and output, the bodies that kConnectionWindow
// allows (their buffers are up to an eighth larger), kHeads, kLeastOutput for each stream, and kUnwritten.
/// Heads, bodies and output of a connection. At this limit, no new handler starts.
inline constexpr std::size_t kMemory = 640U << 10U;
/// Output that a stream may hold even at the limit kMemory.
inline constexpr std::size_t kLeastOutput = 2U << 10U;
/// An empty buffer that has more memory than this is freed.
inline constexpr std::size_t kKeepBytes = 1U << 10U;
/// Memory of all connections of one client network.
inline constexpr std::size_t kNetworkMemory = 32U << 20U;
/// If a network is full, its connections that hold less than this go on.
inline constexpr std::size_t kShare = 64U << 10U;
/// The largest head of an answer. The engine allows a guest half of it.
inline constexpr std::size_t kAnswerHead = 256U << 10U;
inline constexpr std::size_t kUnwritten = 64U << 10U;  ///< bytes of frames that wait for the socket
inline constexpr std::size_t kWrittenInATurn = 256U << 10U;

// Limits for frames that cost the client nearly nothing.
inline constexpr std::size_t kContinuations = 8;
inline constexpr std::size_t kSettings = 32;  ///< entries of one SETTINGS frame
inline constexpr std::size_t kUnwrittenAcks = 100;
inline constexpr Rate kResets{.burst = 200, .period = std::chrono::seconds(10)};  ///< RST_STREAM frames of the client
inline constexpr std::uint64_t kGlitchBurst = 1'000, kGlitchRate = 33;            ///< frames with small errors
inline constexpr Rate kIdleFrames{.burst = 200,
                                  .period = std::chrono::seconds(10)};  ///< PING, SETTINGS, PRIORITY_UPDATE, empty DATA
inline constexpr Rate kOwnResets{.burst = 100, .period = std::chrono::minutes(1)};  ///< RST_STREAM frames of the server

// Time limits.
inline constexpr std::chrono::seconds kSettingsAck{
    10};  ///< the client's preface and its ACK of our SETTINGS must arrive in this time
/// In this time, the client must read kProgress bytes of a stream, or all bytes that the stream still has.
inline constexpr std::chrono::seconds kStall{30};
inline constexpr std::size_t kProgress = 1'024;
inline constexpr std::chrono::seconds kBeginWait{10};  ///< a request that waits longer for memory is refused
inline constexpr std::chrono::seconds kDrainNotice{1};
inline constexpr std::chrono::seconds kTick{1};  ///< a connection checks its time limits once in this period

// The buffers that a hundred idle streams keep must not stop the next request.
static_assert(kStreams * 2 * kKeepBytes + kHeads < kMemory);
static_assert(kMemory + kConnectionWindow / 8 * 9 + kHeads + kStreams * kLeastOutput + kUnwritten < (2U << 20U));

}  // namespace faasta::http::http2

#include "http/http1/response_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "http/trailer.hpp"

namespace faasta::http {

void ResponseWriter::field(std::string_view name, std::string_view value) {
  out_.append(name).append(": ").append(value).append("\r\n");
}

void ResponseWriter::choose_framing(const ResponseHead& head) {
  if (!head.has_content) {
    framing_ = Framing::no_body;
  } else if (head.length) {
    framing_ = Framing::length;
  } else if (options_.minor_version == 1) {
    framing_ = Framing::chunked;
  } else {
    framing_ = Framing::until_close;
    options_.keep_alive = false;
  }
}

void ResponseWriter::head(std::uint16_t status, std::span<const FieldView> fields, std::string_view request_id) {
  head_sent_ = true;
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  const auto write = [this](std::string_view name, std::string_view value) { field(name, value); };
  const ResponseHead head = write_fields(status, fields, options_.head_request, write);
  choose_framing(head);
  content_ = ContentCount(head);
  if (framing_ == Framing::chunked) field("transfer-encoding", "chunked");
  write_own_fields(head, request_id, options_.hsts, write);
  if (!options_.keep_alive) field("connection", "close");
  head_end_ = out_.size();
  out_ += "\r\n";
}

void ResponseWriter::announce_close() {
  if (!options_.keep_alive) return;
  options_.keep_alive = false;
  out_.insert(head_end_, "connection: close\r\n");
}

bool ResponseWriter::data(std::string_view bytes) {
  if (bytes.empty() || framing_ == Framing::no_body) return true;
  if (!content_.add(bytes.size())) return false;
  if (framing_ == Framing::chunked) fmt::format_to(std::back_inserter(out_), "{:x}\r\n", bytes.size());
  out_ += bytes;
  if (framing_ == Framing::chunked) out_ += "\r\n";
  return true;
}

bool ResponseWriter::finish(std::span<const FieldView> trailers) {
  if (!content_.is_whole()) return false;
  if (framing_ != Framing::chunked) return true;
  out_ += "0\r\n";
  // RFC 9110 section 6.5.1: trailers are sent only to a client that said it takes them.
  if (options_.takes_trailers) {
    for (const FieldView& f : trailers) {
      if (may_be_trailer(f.name)) field(f.name, f.value);
    }
  }
  out_ += "\r\n";
  return true;
}

std::string_view reason_phrase(std::uint16_t status) noexcept {
  constexpr auto kPhrases = std::to_array<std::pair<std::uint16_t, std::string_view>>({
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {203, "Non-Authoritative Information"},
      {204, "No Content"},
      {205, "Reset Content"},
      {206, "Partial Content"},
      {300, "Multiple Choices"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {418, "I'm a teapot"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {425, "Too Early"},
      {426, "Upgrade Required"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
      {511, "Network Authentication Required"},
  });
  const auto found = std::ranges::find(kPhrases, status, &std::pair<std::uint16_t, std::string_view>::first);
  return found == kPhrases.end() ? "Unknown" : found->second;
}

}  // namespace faasta::http

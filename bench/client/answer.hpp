// Parses one HTTP/1.1 answer from the bytes that a connection has received.
#pragma once

#include <strings.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

struct Answer {
  int status = 0;
  std::string body;
  bool last = false;  // the server closes after it
};

/// The value of a field in lower case; empty if there is none. `head` ends with an empty line.
inline std::string field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':' || strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string value(line.substr(std::min(line.size(), line.find_first_not_of(" \t", name.size() + 1))));
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value;
  }
  return {};
}

/// Returns the answer in `data` if it is complete. `data` has no bytes of another answer, because the client does not
/// pipeline requests.
inline std::optional<Answer> whole(std::string_view data, bool ended) {
  const auto end = data.find("\r\n\r\n");
  if (end == std::string_view::npos || end < 12) return std::nullopt;
  const std::string_view head = data.substr(0, end + 4);
  data.remove_prefix(end + 4);
  Answer out;
  std::from_chars(head.data() + 9, head.data() + 12, out.status);
  out.last = field(head, "connection") == "close";
  if (const std::string length = field(head, "content-length"); !length.empty()) {
    if (data.size() < std::stoull(length)) return std::nullopt;
    out.body = data;
    return out;
  }
  if (field(head, "transfer-encoding") == "chunked") {
    for (;;) {
      const auto line = data.find("\r\n");
      std::size_t size = 0;
      if (line == std::string_view::npos) return std::nullopt;
      std::from_chars(data.data(), data.data() + line, size, 16);
      if (data.size() < line + 2 + size + 2) return std::nullopt;
      if (size == 0) return out;
      out.body += data.substr(line + 2, size);
      data.remove_prefix(line + 2 + size + 2);
    }
  }
  if (!ended) return std::nullopt;
  out.body = data;
  return out;
}

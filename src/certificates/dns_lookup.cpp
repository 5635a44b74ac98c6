#include "certificates/dns_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>

namespace faasta::certificates {
namespace {

constexpr int kSeconds = 3;
constexpr int kTries = 1;
constexpr std::size_t kMostAnswerBytes = 64U << 10U;

/// The resolver's state of one look-up (resolver(3)).
class State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (open_) res_nclose(&state_);
  }
  [[nodiscard]] bool open(const std::string& resolver) {
    if (res_ninit(&state_) != 0) return false;
    open_ = true;
    state_.retrans = kSeconds;
    state_.retry = kTries;
    return resolver.empty() || use(resolver);
  }
  [[nodiscard]] res_state raw() noexcept { return &state_; }

 private:
  [[nodiscard]] bool use(const std::string& resolver) {
    const std::size_t colon = resolver.rfind(':');
    if (colon == std::string::npos) return false;
    std::uint16_t port = 0;
    std::from_chars(resolver.data() + colon + 1, resolver.data() + resolver.size(), port);
    sockaddr_in& server = state_.nsaddr_list[0];
    server = {};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    state_.nscount = 1;
    return ::inet_pton(AF_INET, resolver.substr(0, colon).c_str(), &server.sin_addr) == 1;
  }

  struct __res_state state_{};
  bool open_ = false;
};

/// Joins the parts of a TXT record (RFC 1035 section 3.3.14).
std::string joined(const std::uint8_t* data, std::size_t size) {
  std::string out;
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = data[at];
    if (at + 1 + length > size) break;
    out.append(reinterpret_cast<const char*>(data) + at + 1, length);
    at += 1 + length;
  }
  return out;
}

}  // namespace

std::expected<std::vector<std::string>, std::string> DnsLookup::texts(const std::string& name) const {
  State state;
  if (!state.open(resolver_)) return std::unexpected("the resolver '" + resolver_ + "' cannot be used");
  const auto answer = std::make_unique<std::array<std::uint8_t, kMostAnswerBytes>>();
  const int size =
      res_nquery(state.raw(), name.c_str(), ns_c_in, ns_t_txt, answer->data(), static_cast<int>(answer->size()));
  if (size < 0) {
    const int why = state.raw()->res_h_errno;
    if (why == HOST_NOT_FOUND || why == NO_DATA) return std::vector<std::string>();
    return std::unexpected(std::string(::hstrerror(why)));
  }
  ns_msg message;
  if (ns_initparse(answer->data(), size, &message) != 0) return std::unexpected("the resolver's answer is malformed");
  std::vector<std::string> out;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (ns_rr_type(record) == ns_t_txt) out.push_back(joined(ns_rr_rdata(record), ns_rr_rdlen(record)));
  }
  return out;
}

}  // namespace faasta::certificates

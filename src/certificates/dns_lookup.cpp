#include "certificates/dns_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

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

constexpr int kCaa = 257;  // RFC 8659 section 4.1

template <class T>
std::expected<std::vector<T>, std::string> readable(std::optional<std::vector<T>> records) {
  if (!records) return std::unexpected("the resolver's answer is malformed");
  return *std::move(records);
}

}  // namespace

std::expected<std::string, std::string> DnsLookup::ask(const std::string& name, int type) const {
  State state;
  if (!state.open(resolver_)) return std::unexpected("the resolver '" + resolver_ + "' cannot be used");
  const auto answer = std::make_unique<std::array<std::uint8_t, kMostAnswerBytes>>();
  const int size =
      res_nquery(state.raw(), name.c_str(), ns_c_in, type, answer->data(), static_cast<int>(answer->size()));
  if (size < 0) {
    const int why = state.raw()->res_h_errno;
    if (why == HOST_NOT_FOUND || why == NO_DATA) return std::string();
    return std::unexpected(std::string(::hstrerror(why)));
  }
  return std::string(reinterpret_cast<const char*>(answer->data()),
                     std::min(static_cast<std::size_t>(size), answer->size()));
}

std::expected<std::vector<std::string>, std::string> DnsLookup::texts(const std::string& name) const {
  const auto answer = ask(name, ns_t_txt);
  if (!answer) return std::unexpected(answer.error());
  return answer->empty() ? std::vector<std::string>() : readable(texts_in(*answer));
}

std::expected<std::vector<std::string>, std::string> DnsLookup::addresses(const std::string& name) const {
  std::vector<std::string> out;
  for (const int type : {static_cast<int>(ns_t_a), static_cast<int>(ns_t_aaaa)}) {
    const auto answer = ask(name, type);
    if (!answer) return std::unexpected(answer.error());
    if (answer->empty()) continue;
    const auto found = readable(addresses_in(*answer));
    if (!found) return found;
    out.insert(out.end(), found->begin(), found->end());
  }
  return out;
}

std::expected<std::vector<CaaRecord>, std::string> DnsLookup::authorizations(const std::string& name) const {
  const auto answer = ask(name, kCaa);
  if (!answer) return std::unexpected(answer.error());
  return answer->empty() ? std::vector<CaaRecord>() : readable(authorizations_in(*answer));
}

}  // namespace faasta::certificates

#include "attack/attackers.hpp"

#include <utility>

namespace faasta::attack {

std::string get(const std::string& host, const std::string& target, const std::string& more) {
  return "GET " + target + " HTTP/1.1\r\nhost: " + host + "\r\n" + more + "\r\n";
}

CrowdPlan repeated(std::string request, unsigned connections, Client from, unsigned addresses) {
  CrowdPlan out;
  out.request = [request = std::move(request)](std::uint64_t) { return request; };
  out.connections = connections;
  out.from = from;
  out.addresses = addresses;
  return out;
}

Client addresses_of(std::size_t attacker) { return {0x10000U * static_cast<std::uint32_t>(attacker + 1)}; }

}  // namespace faasta::attack

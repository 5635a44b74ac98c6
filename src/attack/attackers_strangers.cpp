#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>

#include "attack/attackers.hpp"
#include "base/propagate.hpp"
#include "base/url_escape.hpp"
#include "identity/token.hpp"

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;

/// Returns one plan for each attacker. Strangers have no account: each attacker is a client network.
template <class Make>
Attack each(const Stage& stage, Make make) {
  Attack out;
  for (std::size_t i = 0; i < stage.owners.size(); ++i) out.crowds.push_back(make(i));
  return out;
}

/// Returns how many connections all attackers may hold together: at most `wanted`, fewer if this process may not open
/// so many.
unsigned descriptors(unsigned wanted) {
  rlimit limit{};
  constexpr rlim_t kOthers = 200;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * kOthers) return 0;
  return static_cast<unsigned>(std::min<rlim_t>(wanted, limit.rlim_cur - kOthers));
}

Result<Attack> idle_connections(Stage& stage) {
  const auto connections = descriptors(9990) / static_cast<unsigned>(stage.owners.size());
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated("", connections, addresses_of(i), 1);
    plan.together = 0;
    plan.pause = milliseconds(1000);  // before it opens a connection again that the server closed
    return plan;
  });
}

Result<Attack> half_heads(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated("GET / HTTP/1.1\r\nhost: " + ThrowAwayServer::host(stage.victim) + "\r\nx: ",
                              descriptors(4000) / static_cast<unsigned>(stage.owners.size()), addresses_of(i), 50);
    plan.drip = "x";
    return plan;
  });
}

Result<Attack> half_bodies(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated(
        "POST /read HTTP/1.1\r\nhost: " + ThrowAwayServer::host(stage.victim) + "\r\ncontent-length: 100000\r\n\r\n",
        205, addresses_of(i), 4);
    plan.drip = "x";
    return plan;
  });
}

Result<Attack> function_flood(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    return repeated(get(ThrowAwayServer::host(stage.victim), "/"), 20, addresses_of(i), 1);
  });
}

Result<Attack> pipelines(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated(get(ThrowAwayServer::host(stage.functions[i]), "/"), 4, addresses_of(i), 1);
    plan.together = 200;
    return plan;
  });
}

Result<Attack> unknown_names(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated("", 20, addresses_of(i), 5);
    plan.request = [salt = stage.salt](std::uint64_t n) {
      return get(fmt::format("no-{}-{}.localhost", salt, n), "/");
    };
    return plan;
  });
}

Result<Attack> wrong_tokens(Stage& stage) {
  return each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated("", 20, addresses_of(i), 1);
    plan.request = [](std::uint64_t) {
      return get(ThrowAwayServer::host("api"), "/v1/functions",
                 "authorization: Bearer " + identity::new_token() + "\r\n");
    };
    return plan;
  });
}

/// A service of this machine that no function may reach. It counts the connections that were made to it.
class InsideService {
 public:
  /// The server's settings allow its own address and port. So the service has the same port at another address: then it
  /// is the address alone that is refused.
  [[nodiscard]] static Result<std::shared_ptr<InsideService>> open(std::uint16_t port) {
    auto out = std::make_shared<InsideService>();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    out->socket_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!out->socket_ || ::bind(out->socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(out->socket_.get(), 100) != 0)
      return fail_errno(Code::attack_failed, "listen", errno);
    return out;
  }
  /// Returns the number of connections since the last call.
  [[nodiscard]] unsigned connections() {
    unsigned out = 0;
    while (FileDescriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC))) ++out;
    return out;
  }

 private:
  FileDescriptor socket_;
};

/// Each function may by its own settings send requests to these origins: all of them mean this machine.
Result<Attack> inside_addresses(Stage& stage) {
  ASSIGN_OR_RETURN(const auto service, InsideService::open(stage.server.port()));
  std::vector<std::string> origins;
  std::string query = "&verify=false";
  for (const char* const host : {"127.0.0.2", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]",
                                 "[64:ff9b::7f00:2]", "[2002:7f00:2::]"}) {
    origins.push_back(url_escape(fmt::format("http://{}:{}", host, stage.server.port())));
    query += "&outbound=" + origins.back();
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < stage.owners.size(); ++i) {
    names.push_back(fmt::format("inside-{}-{}", stage.salt, i));
    RETURN_IF_ERROR(stage.server.deploy(stage.owners[i], names.back(), stage.component, query));
  }
  Attack out = each(stage, [&](std::size_t i) {
    CrowdPlan plan = repeated("", 20, addresses_of(i), 5);
    plan.pause = milliseconds(20);
    plan.request = [host = ThrowAwayServer::host(names[i]), origins](std::uint64_t n) {
      return get(host, "/fetch?n=1&path=/&to=" + origins[n % origins.size()]);
    };
    return plan;
  });
  out.breach = [service] {
    const unsigned count = service->connections();
    return count == 0 ? std::string() : fmt::format("functions reached a service of this machine {} times", count);
  };
  return out;
}

const std::array kAttackers = {
    Attacker{"half-bodies", "B5", "205 requests to the victim's function, whose bodies do not arrive", true, true,
             half_bodies},
    Attacker{"half-heads", "B5", "4,000 requests to the victim's function, whose heads do not arrive", false, false,
             half_heads},
    Attacker{"idle-connections", "B6", "9,990 connections of one client, without a request", true, true,
             idle_connections},
    Attacker{"inside-addresses", "B7", "functions ask for services of this machine", false, true, inside_addresses},
    Attacker{"function-flood", "W2", "one client asks for the victim's function without pause", true, true,
             function_flood},
    Attacker{"pipelines", "W3", "four connections, each with 200 requests under way", true, false, pipelines},
    Attacker{"wrong-tokens", "W9", "one client asks the API without pause, with wrong tokens", true, false,
             wrong_tokens},
    Attacker{"unknown-names", "W11", "requests to functions that do not exist, without pause", true, false,
             unknown_names},
};

}  // namespace

std::span<const Attacker> attacks_by_strangers() { return kAttackers; }

}  // namespace faasta::attack

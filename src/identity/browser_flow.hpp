#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "identity/expiring_map.hpp"
#include "identity/github.hpp"

namespace faasta::identity {

/// The parameters in the URL that the client opens in the browser. The client then waits on a loopback port for the
/// browser.
struct LoginRequest {
  std::string redirect_uri;
  std::string state;
  std::string code_challenge;
  std::string code_challenge_method;
};

/// Checks the parameters. Fails with login_invalid; the detail describes the mistake.
/// `own_page`: a page of this server to which a browser may also come back; empty: none.
[[nodiscard]] Result<> check(const LoginRequest& request, std::string_view own_page = {});
/// Whether `text` is exactly http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH (RFC 8252 section 7.3).
[[nodiscard]] bool is_loopback_redirect(std::string_view text);

/// The values that the browser needs when it goes to GitHub.
struct Departure {
  std::string state;           ///< a new random text; GitHub sends it back
  std::string code_challenge;  ///< computed from a new verifier, which is not sent to the browser
  std::string browser_secret;  ///< the value of a cookie, so that only the same browser can return
};

/// The values of a sign-in after its browser has come back from GitHub.
struct Arrival {
  LoginRequest request;
  std::string code_verifier;  ///< needed for the request to GitHub
};

/// Signing in with a browser: all steps between the client's link and its token, except the requests to GitHub. The
/// steps are stored in memory only. So after a restart of the server, a sign-in must begin again. Any thread may use
/// it.
class BrowserFlow {
 public:
  struct Options {
    std::chrono::seconds at_github{600};
    std::chrono::seconds code{120};
    std::size_t most = 10'000;
    std::string own_page{};  ///< see check()
    Clock clock = std::chrono::steady_clock::now;
  };

  explicit BrowserFlow(const Options& options);

  [[nodiscard]] Result<Departure> depart(LoginRequest request);
  /// Call this when the browser comes back from GitHub. The state is then invalid, even after a failure. Fails with
  /// login_state_invalid.
  [[nodiscard]] Result<Arrival> arrive(std::string_view state, std::string_view browser_secret);
  /// Makes a code for the client; the code can be used once.
  [[nodiscard]] std::string issue(LoginRequest request, GithubUser user);
  /// Exchanges the code for the user. The code is then invalid, even after a failure. Fails with login_code_invalid.
  [[nodiscard]] Result<GithubUser> redeem(std::string_view code, std::string_view code_verifier,
                                          std::string_view redirect_uri);

 private:
  struct Waiting {
    LoginRequest request;
    std::string code_verifier;
    Sha256 browser;
  };
  struct Issued {
    LoginRequest request;
    GithubUser user;
  };

  const std::string own_page_;
  std::mutex mutex_;
  ExpiringMap<Waiting> at_github_;
  ExpiringMap<Issued> issued_;
};

}  // namespace faasta::identity

#pragma once
// Advice on how to sign in when a server does not accept a token. The advice depends on the server and on the source of
// the token.

#include <cstdint>
#include <string>

#include "cli/client/api_client.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// The ways to sign in that a server offers.
struct SignInOffer {
  bool single_owner = false;
  bool device = false;     ///< whether `faasta login --device` works
  std::string token_file;  ///< for a single owner: the file with the owner's token, if the server is on this machine
};
[[nodiscard]] SignInOffer offer_from_json(const boost::json::object& answer);

/// The command that signs in the owner of a single-owner server: "faasta login --with-token < FILE".
[[nodiscard]] std::string owner_login(const SignInOffer& offer);

/// Adds advice to `problem` if the server did not accept the token or requires one; otherwise returns `problem`
/// unchanged. Can send a request to the server, to find out which ways to sign in the server offers.
[[nodiscard]] Problem with_sign_in_advice(Problem problem, const ApiClient& api);

}  // namespace faasta::cli

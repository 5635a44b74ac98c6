#include "cli/client/sign_in_advice.hpp"

#include "base/shell_quote.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

std::string advice(const SignInOffer& offer, TokenSource source) {
  const std::string login = offer.single_owner ? owner_login(offer) : "faasta login";
  switch (source) {
    case TokenSource::typed:
      return offer.single_owner
                 ? "Give it the whole line of the server's file `owner.token`: `" + login + "`"
                 : "Make a token with `faasta token create`, or run `faasta login` without `--with-token`";
    case TokenSource::option:
      return "Set FAASTA_TOKEN or `--token` to a token that is valid; or leave it out, and run `" + login + "`";
    case TokenSource::none:
    case TokenSource::saved:
      break;
  }
  return "Run `" + login + "`, or set FAASTA_TOKEN";
}

}  // namespace

SignInOffer offer_from_json(const boost::json::object& answer) {
  return {text_field(answer, "mode") == "single-owner", true_field(answer, "device"), text_field(answer, "token_file")};
}

std::string owner_login(const SignInOffer& offer) {
  return "faasta login --with-token < " + (offer.token_file.empty() ? "FILE" : shell_quoted(offer.token_file));
}

Problem with_sign_in_advice(Problem problem, const ApiClient& api) {
  if (problem.id != info(Code::not_signed_in).id) return problem;
  const TokenSource source = api.token_source();
  if (source == TokenSource::none) problem.detail = "there is no token for " + api.server().str();
  if (source == TokenSource::saved) problem.detail += ": the one that was saved for " + api.server().str();
  if (source == TokenSource::option) problem.detail += ": the one of FAASTA_TOKEN or --token";
  const auto offer = api.without_token().get("/v1/login");
  if (offer) problem.fix = advice(offer_from_json(*offer), source);
  return problem;
}

}  // namespace faasta::cli

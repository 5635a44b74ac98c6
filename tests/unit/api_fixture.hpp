#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "base/json.hpp"
#include "identity/token.hpp"
#include "metrics/call_counts.hpp"
#include "unit/scripted_deploy.hpp"
#include "unit/scripted_exchange.hpp"
#include "unit/test_store.hpp"

namespace faasta::test {

/// The whole API with a real store. The compiler, the probe and the client are scripted by the test.
class ApiFixture : public testing::Test {
 protected:
  ApiFixture() {
    EXPECT_TRUE(value_of(store_.accounts().ensure_owner_token(sha256(token_))));
    open();
  }

  /// Makes a new API with the current values of options_ and login_.
  void open() {
    api_.reset();
    const auto missing = [this](OwnerId owner, const FunctionName& name, const FunctionSettings& settings) {
      return vault_.missing(owner, name, settings);
    };
    deployer_.emplace(
        deploy::Deployer::Parts{store_.catalog(), store_.releases(), store_.artifacts(), assets_, compiler_.function(),
                                [this](std::string_view name) { changed_.emplace_back(name); }, missing},
        deployer_options_);
    api_.emplace(api::Api::Parts{store_.catalog(),
                                 store_.releases(),
                                 store_.rollouts(),
                                 conductor_,
                                 cron_,
                                 [this](http::Exchange&, schedule::CronCall call) { return answer(std::move(call)); },
                                 store_.accounts(),
                                 trusts_,
                                 store_.artifacts(),
                                 *logs_,
                                 recorder_,
                                 registry_,
                                 traces_,
                                 vault_,
                                 *deployer_,
                                 [this](http::Exchange&, const std::string&, const std::string& authority,
                                        const Sha256&, const FunctionSettings&, OwnerId) { return probe(authority); },
                                 [](std::string_view origin) -> std::optional<std::string> {
                                   if (origin.find("10.") == std::string_view::npos) return std::nullopt;
                                   return std::string(origin) + " is not reachable";
                                 },
                                 [this](std::string_view name) { changed_.emplace_back(name); },
                                 login_,
                                 [] { return std::string_view(); },
                                 &domains_,
                                 desk_},
                 api::Addresses("localhost", public_url_, ":8080"), options_);
  }

  /// A request to the API. It has the owner's token, unless the fields contain a token.
  std::unique_ptr<ScriptedExchange> exchange(std::string method, std::string target, std::vector<Field> fields = {}) {
    const auto is_authorization = [](const Field& field) { return field.name == "authorization"; };
    if (!std::ranges::any_of(fields, is_authorization)) fields.push_back({"authorization", "Bearer " + token_});
    return std::make_unique<ScriptedExchange>(loop_, std::move(method), std::move(target), std::move(fields));
  }
  /// Sends a whole request and returns its answer.
  Answered call(std::string method, std::string target, std::string body = {}, std::vector<Field> fields = {}) {
    const auto one = exchange(std::move(method), std::move(target), std::move(fields));
    one->send_all(std::move(body));
    loop_.run(api_->serve(*one));
    return one->answered();
  }
  Answered call_as(const std::string& token, std::string method, std::string target, std::string body = {}) {
    return call(std::move(method), std::move(target), std::move(body), {{"authorization", "Bearer " + token}});
  }
  Answered deploy(const std::string& name, std::string bytes, const std::string& query = "") {
    return call("POST", "/v1/functions/" + name + "/versions" + query, std::move(bytes),
                {{"content-type", "application/wasm"}});
  }
  /// Makes a token of the single owner with these scopes.
  std::string token_with(std::string_view scopes) {
    const auto made = json_of(call("POST", "/v1/tokens", R"({"name":"t","scopes":[")" + std::string(scopes) + "\"]}"));
    return std::string(made.at("token").as_string());
  }

  static json::object json_of(const Answered& answered) {
    auto object = parse_object(answered.body);
    EXPECT_TRUE(object) << answered.status << ": " << answered.body;
    return object ? std::move(*object) : json::object();
  }
  /// The code and the detail of a problem document, such as "F0404 the detail".
  static std::string problem(const Answered& answered) {
    const auto object = json_of(answered);
    if (!object.contains("code")) return std::to_string(answered.status);
    return std::string(object.at("code").as_string()) + " " + std::string(object.at("detail").as_string());
  }
  /// The name of a problem document's code.
  static std::string code(const Answered& answered) {
    const auto object = parse_object(answered.body);
    if (!object || !object->contains("code")) return std::to_string(answered.status);
    return std::string(info(*code_from_id(object->at("code").as_string())).name);
  }

  const std::string token_ = identity::new_token();
  ScriptedLoop loop_;
  TestStore store_;
  std::unique_ptr<store::LogStore> logs_ = value_of(store::LogStore::open(store_.folder() / "logs.db"));
  std::unique_ptr<store::CountStore> counts_ =
      value_of(store::CountStore::open(store_.folder() / "metrics.db", metrics::add_stored));
  metrics::Registry registry_{100};
  metrics::TraceRing traces_{100};
  metrics::Recorder recorder_{registry_, *counts_, store::CountLock(store_.folder() / "metrics.lock")};
  metrics::RolloutCounts rollout_counts_;
  /// Its thread is not started: a test calls look().
  release::Conductor conductor_{
      {store_.rollouts(), rollout_counts_, [this](std::string_view name) { changed_.emplace_back(name); }}};
  ScriptedCompiler compiler_{store_.artifacts()};
  std::vector<std::string> changed_;
  Result<> probe_answer_;
  store::CronRuns cron_ = store_.cron_runs();
  schedule::CronAnswer cron_answer_{200, false};
  std::vector<schedule::CronCall> cron_calls_;
  std::vector<std::string> probed_;  ///< the authorities that were probed
  deploy::Deployer::Options deployer_options_;
  api::ApiOptions options_;
  std::string public_url_;
  identity::Login* login_ = nullptr;
  store::Domains domains_{store_.shared_connections()};
  domains::Desk* desk_ = nullptr;
  secrets::Vault vault_{store::Secrets(store_.shared_connections()), store_.folder() / "secrets.key", true};
  deploy::AssetUploads assets_{store_.catalog(), store_.artifacts()};
  std::optional<deploy::Deployer> deployer_;
  store::Trusts trusts_{store_.shared_connections()};
  std::optional<api::Api> api_;

 private:
  Task<schedule::CronAnswer> answer(schedule::CronCall call) {
    cron_calls_.push_back(std::move(call));
    co_return cron_answer_;
  }
  Task<Result<>> probe(std::string authority) {
    probed_.push_back(std::move(authority));
    co_return probe_answer_;
  }
};

}  // namespace faasta::test

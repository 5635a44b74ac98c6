#include "api/domains.hpp"

#include "unit/api_fixture.hpp"
#include "unit/scripted_dns.hpp"

namespace faasta::api {
namespace {

class DomainsApiTest : public test::ApiFixture {
 protected:
  DomainsApiTest() {
    dns_.addresses["localhost"] = {"192.0.2.1", "2001:db8::1"};
    desk_ = &real_desk_;
    open();
    EXPECT_EQ(deploy("hello", "one").status, 201);
  }
  test::Answered add(const std::string& host) {
    return call("POST", "/v1/functions/hello/domains", R"({"host":")" + host + "\"}");
  }
  test::Answered check(const std::string& host) {
    return call("POST", "/v1/functions/hello/domains/check", R"({"host":")" + host + "\"}");
  }
  /// Adds a domain and sets its records right.
  void prove(const std::string& host) {
    const json::object domain = json_of(add(host));
    dns_.texts["_faasta." + host] = {std::string(domain.at("records").at(0).at("value").as_string())};
    dns_.addresses[host] = {"192.0.2.1"};
  }

  test::ScriptedDns dns_;
  domains::Desk real_desk_{{.store = domains_,
                            .dns = dns_.dns(),
                            .issuer = [] { return domains::Issuer{}; },
                            .order = [](const std::string&) { return Result<>{}; },
                            .has_certificate = [](const std::string&) { return false; },
                            .try_host = [](const std::string&) { return std::expected<void, std::string>(); },
                            .serve = [](auto) {},
                            .keep_certificates = [](const auto&) {}},
                           {.base_domain = "localhost", .addresses = {}, .quota = {}}};
};

TEST_F(DomainsApiTest, AClaimHasItsRecords) {
  const auto answered = add("WWW.shop.example");
  EXPECT_EQ(answered.status, 201);
  const json::object domain = json_of(answered);
  EXPECT_EQ(domain.at("host"), "www.shop.example");
  EXPECT_EQ(domain.at("state"), "pending");
  EXPECT_EQ(domain.at("records").at(0).at("name"), "_faasta.www.shop.example");
  EXPECT_EQ(domain.at("records").at(1).at("value"), "localhost");
  EXPECT_EQ(domain.at("instead_of_cname").as_array().size(), 2U);
  EXPECT_EQ(domain.at("instead_of_cname").at(1).at("type"), "AAAA");
  EXPECT_EQ(add("www.shop.example").status, 200);
}

TEST_F(DomainsApiTest, ACheckSaysWhatIsWrongOrGoesOn) {
  ASSERT_EQ(add("shop.example").status, 201);
  EXPECT_EQ(code(check("shop.example")), "domain_not_verified");
  prove("shop.example");
  const auto checked = json_of(check("shop.example"));
  EXPECT_EQ(checked.at("state"), "verified");
  EXPECT_NE(checked.at("checked_at"), nullptr);
  EXPECT_EQ(code(check("other.example")), "domain_not_found");
}

TEST_F(DomainsApiTest, ListsHaveWhatMayBeSeen) {
  prove("shop.example");
  ASSERT_EQ(deploy("second", "two").status, 201);
  const auto count = [&](const test::Answered& answered) { return json_of(answered).at("domains").as_array().size(); };
  EXPECT_EQ(count(call("GET", "/v1/domains")), 1U);
  EXPECT_EQ(count(call("GET", "/v1/domains?host=SHOP.example.")), 1U);
  EXPECT_EQ(count(call("GET", "/v1/domains?host=other.example")), 0U);
  EXPECT_EQ(code(call("GET", "/v1/domains?host=a_b.example")), "domain_invalid");
  EXPECT_EQ(count(call("GET", "/v1/functions/hello/domains")), 1U);
  EXPECT_EQ(count(call("GET", "/v1/functions/second/domains")), 0U);
  EXPECT_EQ(code(call("GET", "/v1/functions/nothere/domains")), "function_not_found");
  EXPECT_EQ(count(call_as(token_with("deploy:second"), "GET", "/v1/domains")), 0U);
  EXPECT_EQ(
      code(call_as(token_with("deploy:second"), "POST", "/v1/functions/hello/domains", R"({"host":"x.example"})")),
      "scope_missing");
}

TEST_F(DomainsApiTest, FunctionsShowTheDomainsThatAreServed) {
  prove("shop.example");
  ASSERT_EQ(check("shop.example").status, 200);
  EXPECT_TRUE(json_of(call("GET", "/v1/functions/hello")).at("domains").as_array().empty());
  real_desk_.order_ended("shop.example", "");
  real_desk_.step({});
  EXPECT_EQ(json_of(call("GET", "/v1/functions/hello")).at("domains"), (json::array{"shop.example"}));
  EXPECT_EQ(json_of(call("GET", "/v1/functions")).at("functions").at(0).at("domains"), (json::array{"shop.example"}));
}

TEST_F(DomainsApiTest, ARemovedDomainIsGone) {
  prove("shop.example");
  EXPECT_EQ(code(call("DELETE", "/v1/functions/hello/domains")), "bad_request");
  EXPECT_EQ(json_of(call("DELETE", "/v1/functions/hello/domains?host=Shop.example")).at("removed"), true);
  EXPECT_EQ(code(call("DELETE", "/v1/functions/hello/domains?host=shop.example")), "domain_not_found");
}

TEST_F(DomainsApiTest, ABodyThatIsWrongIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"host":7})"})
    EXPECT_EQ(call("POST", "/v1/functions/hello/domains", body).status, 400) << body;
  EXPECT_EQ(code(call("POST", "/v1/functions/hello/domains", R"({"name":"x"})")), "unknown_field");
}

TEST_F(DomainsApiTest, WithoutACaItSaysWhatIsMissing) {
  desk_ = nullptr;
  options_.domains_off = "set tls.listen";
  open();
  const auto answered = add("shop.example");
  EXPECT_EQ(answered.status, 403);
  EXPECT_EQ(problem(answered), "F1123 set tls.listen");
  EXPECT_EQ(call("GET", "/v1/domains").status, 200);
}

}  // namespace
}  // namespace faasta::api

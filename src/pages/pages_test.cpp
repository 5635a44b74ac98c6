// Each page as text: tests/golden/pages. FAASTA_GOLDEN=write writes the files again.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "pages/function_page.hpp"
#include "pages/functions_page.hpp"
#include "pages/other_pages.hpp"

namespace faasta::pages {
namespace {

const Viewer kAda{"ada", std::string(64, 'a'), false};
const Viewer kOperator{"owner", std::string(64, 'b'), true};

SystemTime at(std::string_view time) { return *parse_rfc3339(time); }

void compare(const std::string& name, const Html& page) {
  const std::string file = std::string(FAASTA_GOLDEN_FILES) + "/pages/" + name + ".html";
  if (const char* mode = std::getenv("FAASTA_GOLDEN"); mode != nullptr && std::string_view(mode) == "write")
    std::ofstream(file) << page.text();
  std::ostringstream golden;
  golden << std::ifstream(file).rdbuf();
  EXPECT_EQ(page.text(), golden.str()) << file;
}

FunctionDetails details() {
  FunctionDetails out;
  out.name = "hello";
  out.url = "https://hello.example.com/";
  out.live = 2;
  out.may_roll_back = out.may_delete = true;
  out.calls = 1200;
  out.failures = 3;
  out.cold_starts = 2;
  out.cold_mean_us = 350;
  out.now = at("2026-11-30T05:00:30Z");
  for (int i = 0; i < 5; ++i)
    out.minutes.push_back({at("2026-11-30T04:50:00Z") + std::chrono::minutes(i * 2 - i % 2), 100 + 40U * i, 1U * i,
                           200 + 10U * i, 900 + 300U * i, 1});
  out.minutes.push_back({at("2026-11-30T03:50:00Z"), 99'999, 0, 1, 1, 0});  // before the last hour
  out.versions = {{2,
                   true,
                   at("2026-11-30T04:00:00Z"),
                   70'000,
                   "adds <sockets>",
                   {"beta"},
                   {"wasi:http/outgoing-handler@0.2.6"},
                   {"wasi:cli/stdout@0.2.6"}},
                  {1, false, at("2026-11-29T04:00:00Z"), 900, "", {}, {}, {}}};
  out.failed = {{"2026-11-30T04:51:02.123Z", 2, "GET /pay?x=<1>", "guest_trap", "panicked at 'no <card>'\n  main.rs:7"},
                {"2026-11-30T04:50:02.123Z", 1, "POST /", "cpu_limit", ""}};
  return out;
}

TEST(Pages, Function) {
  compare("function", function_page(details(), kAda));
  FunctionDetails reader = details();
  reader.may_roll_back = reader.may_delete = false;
  reader.minutes.clear();
  reader.failed.clear();
  reader.lock = "the fair & more";
  reader.suspension = "spam";
  compare("function-of-a-reader", function_page(reader, kAda));
}

TEST(Pages, Functions) {
  FunctionList list;
  compare("functions-none", functions_page(list, kAda));
  list.lines = {{"hello", 2, false, false, 1200, 3, 12'345, 2}, {"idle", 1, true, true, 0, 0, 0, 0}};
  list.search = "h\"e";
  list.first = false;
  list.next = "idle";
  compare("functions", functions_page(list, kAda));
  compare("functions-not-found", functions_page({{}, "zzz", true, "", ""}, kOperator));
}

TEST(Pages, Landing) {
  compare("landing", landing_page({"example.com",
                                   {"mailto:abuse@example.com", "https://example.com/terms", "We keep <nothing>."}}));
  const std::string without = landing_page({"example.com", {"javascript:alert(1)", "", ""}}).text();
  EXPECT_EQ(without.find("href=\"javascript"), std::string::npos);
}

TEST(Pages, SignIn) {
  compare("sign-in", sign_in_page({true, "", "The token is unknown, expired or revoked"}));
  compare("sign-in-by-a-link", sign_in_page({false, std::string(64, 'c'), ""}));
}

TEST(Pages, Domains) {
  compare("domains", domains_page({{{"shop.example", "hello", "live", "", at("2026-11-01T00:00:00Z")},
                                    {"new.example", "hello", "pending", "no TXT record", std::nullopt}},
                                   {{"*.example.com, example.com", "chain.pem", at("2027-01-30T00:00:00Z"), 60, ""}},
                                   ""},
                                  kOperator));
  compare("domains-none", domains_page({}, kAda));
  compare("domains-off", domains_page({{}, {}, "[tls] is not set"}, kAda));
}

TEST(Pages, Server) {
  compare("server", server_page({{{"Version", "1"}, {"Calls under way", "7"}},
                                 {{"owner", 3, 12'000'000, false}, {"bob", 1, 10, true}}},
                                kOperator));
}

TEST(Pages, Error) {
  compare("error", error_page({Code::function_not_found, "'<x>'"}, {}, "0123"));
  EXPECT_EQ(error_page({Code::internal_error, "the path of a file"}, {}, "0").text().find("the path"),
            std::string::npos);
}

}  // namespace
}  // namespace faasta::pages

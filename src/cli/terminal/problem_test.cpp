#include "cli/terminal/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

const Paint kPlain(false);

TEST(Problem, IsRenderedAsWhatWhyAndFix) {
  EXPECT_EQ(render(Problem(Error{Code::component_no_handler, "target/hello.wasm"}), kPlain),
            "error[F0411]: The component does not export `wasi:http/incoming-handler`\n"
            "  target/hello.wasm\n"
            "fix: Export the handler; for Rust see `faasta new`\n");
}

TEST(Problem, IndentsEveryLineOfItsCause) {
  EXPECT_EQ(render(Problem(Error{Code::io_error, "one\ntwo\n"}), kPlain),
            "error[F0711]: A file could not be read or written\n  one\n  two\nfix: See the cause above\n");
}

TEST(Problem, NeedsNoCause) {
  EXPECT_EQ(render(Problem(Error{Code::interrupted, ""}), kPlain),
            "error[F0710]: Interrupted\nfix: Run the command again\n");
}

TEST(Problem, ShowsTheRequestOfTheServersOwnFailures) {
  const auto document = parse_object(R"({"code":"F0110","title":"Oh","detail":"no","fix":"wait","request_id":"r1"})");
  EXPECT_EQ(render(problem_from_json(*document, 500), kPlain), "error[F0110]: Oh\n  no\n  request r1\nfix: wait\n");
}

TEST(Problem, ColoursOnlyWhenAsked) {
  const std::string text = render(Problem(Error{Code::usage, "x"}), Paint(true));
  EXPECT_TRUE(text.starts_with("\x1b[1;31merror[F0701]\x1b[0m: ")) << text;
}

TEST(Problem, CannotCarryEscapeSequencesToTheTerminal) {
  boost::json::object document{{"code", "F0110\x1b[2J"},
                               {"title",
                                "a\x1b]0;t\x07"
                                "b"},
                               {"detail", "c\x1b[31md"},
                               {"fix", "e\rf"}};
  EXPECT_EQ(render(problem_from_json(document, 500), kPlain), "error[F0110]: ab\n  cd\nfix: ef\n");
}

TEST(Problem, TakesItsExitCodeFromOurTable) {
  EXPECT_EQ(problem_from_json({{"code", "F0203"}}, 401).exit_code, 3);
  EXPECT_EQ(problem_from_json({{"code", "F0425"}}, 422).exit_code, 8);
}

TEST(Problem, OfANewerServerIsShownAsItIs) {
  const Problem problem = problem_from_json({{"code", "F9999"}, {"title", "New"}, {"fix", "Do"}}, 418);
  EXPECT_EQ(problem.exit_code, 1);
  EXPECT_EQ(render(problem, kPlain), "error[F9999]: New\nfix: Do\n");
}

TEST(Problem, AsJsonIsOneObject) {
  EXPECT_EQ(boost::json::serialize(to_json(Problem(Error{Code::unknown_code, "'X'"}))),
            R"({"code":"F0714","title":"There is no such error code","status":404,"detail":"'X'",)"
            R"("fix":"Codes look like F0404; docs/errors.md lists them all","exit_code":4})");
}

TEST(Problem, AdviceHasTheFunctionsName) {
  Problem problem(Error{Code::version_not_found, {}});
  name_in_fix(problem, "hello");
  EXPECT_EQ(problem.fix, "See `faasta versions hello` for the stored versions");
  Problem other(Error{Code::quota_functions, {}});
  name_in_fix(other, "hello");
  EXPECT_NE(other.fix.find("`faasta delete NAME`"), std::string::npos) << "another function is meant there";
}

}  // namespace
}  // namespace faasta::cli

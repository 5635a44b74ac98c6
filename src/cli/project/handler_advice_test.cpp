#include "cli/project/handler_advice.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

constexpr PackageFiles kProgram{.main = true, .lib = false};
constexpr PackageFiles kLibrary{.main = false, .lib = true};

std::string all(std::string_view manifest, const PackageFiles& files) {
  std::string out;
  for (const std::string& one : handler_advice(manifest, files)) out += one + "\n";
  return out;
}

TEST(HandlerAdvice, SaysWhichLibraryIsMissing) {
  const std::string said = all("[package]\nname = \"x\"\n[dependencies]\nserde = \"1\"\n", kProgram);
  EXPECT_NE(said.find("`cargo add wstd`"), std::string::npos) << said;
  EXPECT_NE(said.find("#[wstd::http_server]"), std::string::npos) << said;
  EXPECT_EQ(said.find("cdylib"), std::string::npos) << said;
}

TEST(HandlerAdvice, SaysThatALibraryMustBeACdylib) {
  EXPECT_NE(all("[package]\n[dependencies]\nwstd = \"0.6\"\n", kLibrary).find("crate-type = [\"cdylib\"]"),
            std::string::npos);
  EXPECT_NE(all("[package]\n[lib]\ncrate-type = [\"rlib\"]\n[dependencies]\nwstd = \"0.6\"\n", {}).find("cdylib"),
            std::string::npos);
}

TEST(HandlerAdvice, SaysNothingWhereAllIsThere) {
  for (const char* dependencies :
       {"[dependencies]\nwstd = \"0.6\"\n", "[dependencies]\nwasip2 = { workspace = true }\n",
        "[dependencies.wstd-axum]\nversion = \"1\"\n",
        "[dependencies]\nhttp-library = { package = \"waki\", version = \"1\" }\n",
        "[target.'cfg(target_os = \"wasi\")'.dependencies]\nwit-bindgen = \"0.57\"\n"}) {
    EXPECT_EQ(all(std::string("[package]\n") + dependencies, kProgram), "") << dependencies;
    EXPECT_EQ(all(std::string("[package]\n") + dependencies + "[lib]\ncrate-type = [\"cdylib\"]\n", kLibrary), "");
  }
  EXPECT_EQ(all("[workspace]\nmembers = [\"a\"]\n", {}), "");
  EXPECT_EQ(all("not toml [", kProgram), "");
}

}  // namespace
}  // namespace faasta::cli

#include "cli/project/file_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "unit/guests.hpp"

namespace faasta::cli {
namespace {

using Paths = std::set<std::filesystem::path>;

class FileWatchTest : public testing::Test {
 protected:
  void write(const std::filesystem::path& path, std::string_view text = "x") {
    std::filesystem::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  }
  FileWatch start(std::vector<std::string> wanted = {}, std::string_view gitignore = "") {
    return *FileWatch::start(folder_.path(), WatchRules(std::move(wanted), gitignore));
  }
  test::TemporaryFolder folder_;
};

TEST_F(FileWatchTest, TellsChangedNewMovedAndDeletedFiles) {
  write("src/a.rs");
  write("src/deep/er/b.rs");
  FileWatch watch = start();
  EXPECT_EQ(*watch.changes(), Paths{});
  write("src/a.rs", "y");
  write("src/deep/er/b.rs", "y");
  EXPECT_EQ(*watch.changes(), (Paths{"src/a.rs", "src/deep/er/b.rs"}));
  std::filesystem::rename(folder_.path() / "src/a.rs", folder_.path() / "src/c.rs");
  EXPECT_EQ(*watch.changes(), (Paths{"src/a.rs", "src/c.rs"}));
  std::filesystem::remove(folder_.path() / "src/c.rs");
  EXPECT_EQ(*watch.changes(), Paths{"src/c.rs"});
  write("src/new/folder/d.rs");  // made before anybody could watch it
  EXPECT_TRUE(watch.changes()->contains("src/new/folder/d.rs"));
  write("src/new/folder/d.rs", "z");
  EXPECT_EQ(*watch.changes(), Paths{"src/new/folder/d.rs"});
  std::filesystem::remove_all(folder_.path() / "src/deep");
  EXPECT_EQ(*watch.changes(), Paths{"src/deep/er/b.rs"});
}

TEST_F(FileWatchTest, LeavesResultsPackagesAndEditorsFilesOut) {
  for (const char* const folder : {"target", "node_modules", "dist", ".venv", ".git", ".faasta", "out"})
    write(std::string(folder) + "/x");
  FileWatch watch = start({}, "# comment\nout/\n*.log\n/made.rs\n!kept.log\n");
  for (const char* const file : {"target/x", "node_modules/x", "dist/x", ".venv/x", ".git/x", ".faasta/x", "out/x",
                                 "a.log", "made.rs", "a.rs~", ".a.rs.swp", "4913", ".hidden"})
    write(file, "changed");
  EXPECT_EQ(*watch.changes(), Paths{});
  write("sub/made.rs");
  write("faasta.toml");
  write(".env");
  write(".env.staging");
  EXPECT_EQ(*watch.changes(), (Paths{".env", ".env.staging", "faasta.toml", "sub/made.rs"}));
  watch.rules().ignore("sub/made.rs");
  write("sub/made.rs", "again");
  EXPECT_EQ(*watch.changes(), Paths{});
}

TEST_F(FileWatchTest, PatternsChooseFiles) {
  write("src/deep/a.rs");
  FileWatch watch = start({"src/**", "*.toml"});
  write("src/deep/a.rs", "y");
  write("Cargo.toml");
  write("README.md");
  EXPECT_EQ(*watch.changes(), (Paths{"Cargo.toml", "src/deep/a.rs"}));
}

TEST_F(FileWatchTest, AFolderThatIsNotThereHasNoChanges) {
  EXPECT_TRUE(FileWatch::start(folder_.path() / "nowhere", WatchRules({}, "")));  // nothing to watch
  EXPECT_EQ(*start().changes(), Paths{});
}

}  // namespace
}  // namespace faasta::cli

#include "cli/project/file_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stop_token>
#include <thread>

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

TEST_F(FileWatchTest, PatternsLeaveFoldersOut) {
  const WatchRules rules({"src/deep/**", "*.toml", "lib/[ab].rs"}, "");
  EXPECT_FALSE(rules.skips_folder("src")) << "*.toml may be anywhere";
  const WatchRules few({"src/deep/**", "lib/[ab].rs"}, "");
  for (const char* const folder : {"src", "src/deep", "src/deep/er", "lib"})
    EXPECT_FALSE(few.skips_folder(folder)) << folder;
  for (const char* const folder : {"docs", "src/other", "libs", "src/deeper"})
    EXPECT_TRUE(few.skips_folder(folder)) << folder;
}

TEST_F(FileWatchTest, AFolderThatMovesAwayIsNoLongerWatched) {
  const test::TemporaryFolder elsewhere;
  write("src/a.rs");
  write("src/deep/b.rs");
  FileWatch watch = start();
  std::filesystem::rename(folder_.path() / "src", elsewhere.path() / "src");
  EXPECT_EQ(*watch.changes(), (Paths{"src/a.rs", "src/deep/b.rs"}));
  std::ofstream(elsewhere.path() / "src/deep/b.rs") << "changed there";
  EXPECT_EQ(*watch.changes(), Paths{});
  std::filesystem::rename(elsewhere.path() / "src", folder_.path() / "lib");
  EXPECT_EQ(*watch.changes(), (Paths{"lib/a.rs", "lib/deep/b.rs"}));
  write("lib/deep/b.rs", "y");
  EXPECT_EQ(*watch.changes(), Paths{"lib/deep/b.rs"});
}

TEST_F(FileWatchTest, AFolderThatMovesWithinIsKnownByItsNewName) {
  write("src/deep/b.rs");
  FileWatch watch = start();
  std::filesystem::rename(folder_.path() / "src", folder_.path() / "lib");
  write("lib/deep/b.rs", "y");  // before anybody has read the events
  EXPECT_EQ(*watch.changes(), (Paths{"lib/deep/b.rs", "src/deep/b.rs"}));
  write("lib/deep/b.rs", "z");
  EXPECT_EQ(*watch.changes(), Paths{"lib/deep/b.rs"});
}

TEST_F(FileWatchTest, AFolderThatIsDeletedAndMadeAgainIsWatched) {
  write("src/a.rs");
  FileWatch watch = start();
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove_all(folder_.path() / "src");
    write("src/a.rs", "again");
    EXPECT_EQ(*watch.changes(), Paths{"src/a.rs"});
    write("src/a.rs", "y");
    EXPECT_EQ(*watch.changes(), Paths{"src/a.rs"});
  }
}

TEST_F(FileWatchTest, LinksToFoldersAreFollowed) {
  const test::TemporaryFolder elsewhere;
  std::filesystem::create_directories(elsewhere.path() / "shared/deep");
  std::filesystem::create_directory_symlink(elsewhere.path() / "shared", folder_.path() / "shared");
  std::filesystem::create_directory_symlink(folder_.path(), elsewhere.path() / "shared/back");  // a circle
  FileWatch watch = start();
  std::ofstream(elsewhere.path() / "shared/deep/a.rs") << "x";
  EXPECT_EQ(*watch.changes(), Paths{"shared/deep/a.rs"});
  std::filesystem::create_directory(elsewhere.path() / "later");
  std::ofstream(elsewhere.path() / "later/b.rs") << "x";
  std::filesystem::create_directory_symlink(elsewhere.path() / "later", folder_.path() / "later");
  EXPECT_EQ(*watch.changes(), Paths{"later/b.rs"});
  std::ofstream(elsewhere.path() / "later/b.rs") << "y";
  EXPECT_EQ(*watch.changes(), Paths{"later/b.rs"});
  std::filesystem::remove(folder_.path() / "later");
  EXPECT_EQ(*watch.changes(), Paths{"later/b.rs"});
  std::ofstream(elsewhere.path() / "later/b.rs") << "z";
  EXPECT_EQ(*watch.changes(), Paths{});
}

TEST_F(FileWatchTest, AFolderWithTwoNamesIsWatchedUnderBoth) {
  write("src/a.rs");
  std::filesystem::create_directory_symlink("src", folder_.path() / "link");
  FileWatch watch = start({"link/**"});
  write("src/a.rs", "y");
  EXPECT_EQ(*watch.changes(), Paths{"link/a.rs"});
}

TEST_F(FileWatchTest, NewNamesOfOldFilesAreTold) {
  write("a.rs");
  FileWatch watch = start();
  std::filesystem::create_hard_link(folder_.path() / "a.rs", folder_.path() / "hard.rs");
  std::filesystem::create_symlink("a.rs", folder_.path() / "soft.rs");
  EXPECT_EQ(*watch.changes(), (Paths{"hard.rs", "soft.rs"}));
}

TEST_F(FileWatchTest, LostEventsMakeItReadTheFoldersAgain) {
  std::size_t most = 0;  // events that the kernel keeps
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  ASSERT_GT(most, 0U);
  if (most > 100'000) GTEST_SKIP() << "the kernel keeps " << most << " events";
  for (const char* const file : {"storm/a", "storm/b", "src/same.rs", "src/changed.rs", "src/deleted.rs", "moved/x"})
    write(file);
  FileWatch watch = start();
  const std::array files = {(folder_.path() / "storm/a").string(), (folder_.path() / "storm/b").string()};
  for (std::size_t i = 0; i <= most; ++i) ::close(::open(files.at(i % 2).c_str(), O_WRONLY | O_CLOEXEC));
  write("src/changed.rs", "other");
  write("src/new/deep/file.rs");
  std::filesystem::remove(folder_.path() / "src/deleted.rs");
  std::filesystem::rename(folder_.path() / "moved", folder_.path() / "moved2");
  EXPECT_EQ(*watch.changes(), (Paths{"storm/a", "storm/b", "src/changed.rs", "src/deleted.rs", "src/new/deep/file.rs",
                                     "moved/x", "moved2/x"}));
  EXPECT_EQ(*watch.changes(), Paths{});
  write("src/new/deep/file.rs", "y");
  write("moved2/x", "y");
  EXPECT_EQ(*watch.changes(), (Paths{"src/new/deep/file.rs", "moved2/x"}));
}

TEST_F(FileWatchTest, AStormWithoutAnEndDoesNotHoldItUp) {
  write("a");
  write("b");
  FileWatch watch = start();
  std::jthread storm([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) std::ofstream(folder_.path() / (i % 2 == 0 ? "a" : "b")) << i;
  });
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(watch.changes());
}

TEST_F(FileWatchTest, ItFailsWhenTheFolderIsGone) {
  const auto project = folder_.path() / "project";
  write("project/a.rs");
  auto watch = *FileWatch::start(project, WatchRules({}, ""));
  std::filesystem::remove_all(project);
  const auto changes = watch.changes();
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, Code::watch_failed);
  EXPECT_EQ(changes.error().detail, "the folder of the project is gone");
}

TEST_F(FileWatchTest, AFolderThatIsNotThereHasNoChanges) {
  EXPECT_TRUE(FileWatch::start(folder_.path() / "nowhere", WatchRules({}, "")));  // nothing to watch
  EXPECT_EQ(*start().changes(), Paths{});
}

}  // namespace
}  // namespace faasta::cli

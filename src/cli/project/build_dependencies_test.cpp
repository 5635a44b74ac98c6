#include "cli/project/build_dependencies.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/sha256.hpp"
#include "cli/project/package_source.hpp"

namespace faasta::cli {
namespace {

constexpr const char* kCratesIo = "registry+https://github.com/rust-lang/crates.io-index";

std::size_t add(CargoGraph& graph, std::string name, std::string source = kCratesIo) {
  GraphPackage package;
  package.id = name;
  package.name = std::move(name);
  package.version = "1.0.0";
  package.source = std::move(source);
  package.manifest = "/nowhere/" + package.name + "/Cargo.toml";
  graph.packages.push_back(std::move(package));
  return graph.packages.size() - 1;
}

void link(CargoGraph& graph, std::size_t from, std::size_t to, bool build = false) {
  graph.packages[from].edges.push_back({to, graph.packages[to].name, !build, build});
}

std::string listed(const BuildDependencies& dependencies) {
  std::string out;
  for (const policy::Package& package : policy::sorted(dependencies.list).packages)
    out += package.name + (package.root ? "!" : "") + (package.kind == policy::Kind::build ? "(build) " : " ");
  return out;
}

/// app -> lib -> script (a build dependency), app -> macro -> helper
CargoGraph sample() {
  CargoGraph graph;
  const auto app = add(graph, "app", "");
  const auto lib = add(graph, "lib");
  const auto script = add(graph, "script");
  const auto macro = add(graph, "macro");
  const auto helper = add(graph, "helper");
  add(graph, "unrelated");
  graph.packages[macro].proc_macro = true;
  link(graph, app, lib);
  link(graph, lib, script, true);
  link(graph, app, macro);
  link(graph, macro, helper);
  graph.members = {app};
  graph.root = app;
  graph.workspace_root = "/nowhere/app";
  return graph;
}

TEST(BuildDependencies, AreWhatTheCommandReaches) {
  const CargoGraph graph = sample();
  EXPECT_EQ(listed(dependencies_of({}, graph, graph)), "app! helper(build) lib macro(build) script(build) ");
}

TEST(BuildDependencies, ThatAreInTheComponentTooAreNotOfTheBuildAlone) {
  CargoGraph graph = sample();
  link(graph, 1, 4);  // lib -> helper
  EXPECT_EQ(listed(dependencies_of({}, graph, graph)), "app! helper lib macro(build) script(build) ");
}

TEST(BuildDependencies, OfThisMachineAloneAreTakenFromItsOwnGraph) {
  const CargoGraph target = sample();
  CargoGraph host = sample();
  const auto tool = add(host, "tool");
  const auto only_here = add(host, "only-here");
  link(host, 1, tool, true);  // lib's build script
  link(host, 1, only_here);   // lib itself, but not for the component's target
  EXPECT_TRUE(needs_host_graph(target));
  EXPECT_EQ(listed(dependencies_of({}, target, host)),
            "app! helper(build) lib macro(build) script(build) tool(build) ");
}

TEST(BuildDependencies, StartFromThePackagesThatAreNamed) {
  CargoGraph graph = sample();
  const auto second = add(graph, "second", "");
  graph.members.push_back(second);
  for (const char* spec : {"second", "second@1.0.0", "path+file:///x/second#1.0.0", "path+file:///x/y#second@1.0.0"}) {
    CargoCommand command;
    command.packages = {spec};
    const std::string found = listed(dependencies_of(command, graph, graph));
    EXPECT_TRUE(found.find("second!") != std::string::npos) << spec << ": " << found;
  }
  CargoCommand all;
  all.whole_workspace = true;
  EXPECT_TRUE(listed(dependencies_of(all, graph, graph)).find("app! ") != std::string::npos);
}

TEST(BuildDependencies, OfARegistryNeedAChecksum) {
  const auto folder = std::filesystem::temp_directory_path() / ("faasta-lock-" + random_hex(6));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "Cargo.lock") << "version = 4\n[[package]]\nname = 'lib'\nversion = '1.0.0'\nsource = '"
                                       << kCratesIo << "'\nchecksum = 'ab'\n[metadata]\n'checksum script 1.0.0 ("
                                       << kCratesIo << ")' = 'cd'\n'checksum macro 1.0.0 (" << kCratesIo
                                       << ")' = '<none>'\n";
  CargoGraph graph = sample();
  graph.workspace_root = folder.string();
  const auto found = dependencies_of({}, graph, graph);
  std::filesystem::remove_all(folder);
  for (std::size_t i = 0; i < found.facts.size(); ++i) {
    const std::string& name = found.list.packages[i].name;
    EXPECT_EQ(found.facts[i].without_checksum, name == "macro" || name == "helper") << name;
  }
}

TEST(BuildDependencies, AreComparedWithWhatWasCompiled) {
  BuildDependencies judged;
  judged.ids = {"path+file:///app#1.0.0"};
  std::map<std::string, std::string> compiled = {{"path+file:///app#1.0.0", "/app/Cargo.toml"},
                                                 {"path+file:///x#1.0.0", "/x/Cargo.toml"},
                                                 {"registry+https://r#y@1.0.0", "/y/Cargo.toml"}};
  using Ids = std::vector<std::string>;
  EXPECT_EQ(not_judged(compiled, judged), (Ids{"path+file:///x#1.0.0", "registry+https://r#y@1.0.0"}));
  compiled.emplace("path+file:///s/std#0.0.0", "/s/lib/rustlib/src/rust/library/std/Cargo.toml");
  EXPECT_EQ(not_judged(compiled, judged), Ids{"path+file:///x#1.0.0"}) << "y may be of the standard library";
}

TEST(CargoGraph, IsReadFromMetadata) {
  const auto graph = parse_cargo_metadata(R"json({"packages":[
    {"id":"a#1","name":"a","version":"1.0.0","source":null,"manifest_path":"/a/Cargo.toml",
     "targets":[{"kind":["bin"]},{"kind":["custom-build"]}],
     "dependencies":[{"name":"b","source":"registry+x","rename":"c","kind":null,"target":"cfg(unix)"},
                     {"name":"t","source":null,"kind":"dev"}]},
    {"id":"b#1","name":"b","version":"1.0.0","source":"registry+x","manifest_path":"/b/Cargo.toml",
     "targets":[{"kind":["proc-macro"]}],"dependencies":[]}],
    "resolve":{"root":"a#1","nodes":[{"id":"b#1","deps":[]},{"id":"a#1","deps":[
      {"name":"c","pkg":"b#1","dep_kinds":[{"kind":"dev"},{"kind":"build"}]},
      {"name":"b","pkg":"b#1","dep_kinds":[{"kind":"dev"}]}]}]},
    "workspace_members":["a#1"],"workspace_default_members":["a#1"],"workspace_root":"/a"})json");
  ASSERT_TRUE(graph) << graph.error().detail;
  ASSERT_EQ(graph->packages.size(), 2U);
  const GraphPackage& a = graph->packages[0];
  EXPECT_TRUE(a.build_script && graph->packages[1].proc_macro && graph->root == 0U);
  ASSERT_EQ(a.declared.size(), 1U);
  EXPECT_TRUE(a.declared[0].rename == "c" && a.declared[0].for_platform);
  ASSERT_EQ(a.edges.size(), 1U);
  EXPECT_TRUE(a.edges[0].build && !a.edges[0].normal);
}

TEST(CargoGraph, IsNotGuessed) {
  for (
      const char* bad :
      {"", "{}", R"({"packages":[]})", R"({"packages":[{"id":"a"}],"resolve":{"nodes":[{"id":"a"}]}})",
       R"({"packages":[{"id":"a","name":"a","version":"1"}],"resolve":null,"workspace_members":["a"],"workspace_root":"/"})",
       R"({"packages":[{"id":"a","name":"a","version":"1"}],"resolve":{"nodes":[{"id":"a","deps":[{"pkg":"b"}]}]},"workspace_members":["a"],"workspace_root":"/"})"})
    EXPECT_EQ(parse_cargo_metadata(bad).error().code, Code::dependencies_unknown) << bad;
}

}  // namespace
}  // namespace faasta::cli

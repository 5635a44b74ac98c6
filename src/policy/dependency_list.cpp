#include "policy/dependency_list.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "policy/version_requirement.hpp"

namespace faasta::policy {
namespace {

constexpr std::size_t kLargestList = 8U << 20U;  // the limit of cargo-auditable's own reader
constexpr std::size_t kMostPackages = 4096;      // cargo itself has 400 packages, the largest workspaces have 2,000
constexpr std::size_t kMostEdges = 65'536;
constexpr std::size_t kMostText = 512U << 10U;  // names, versions and sources; those of 2,000 packages have 100 KiB
constexpr std::size_t kLongestName = 128;       // crates.io allows 64
constexpr std::size_t kLongestVersion = 128;
constexpr std::size_t kLongestSource = 512;

std::unexpected<Error> damaged(std::string why) { return fail(Code::dependency_list_damaged, std::move(why)); }

Result<std::string> inflated(std::string_view bytes) {
  std::string out;
  for (std::size_t room = 64U << 10U; room <= kLargestList; room *= 2) {
    out.resize(room);
    uLongf length = room;
    uLong used = bytes.size();
    const int code = ::uncompress2(reinterpret_cast<Bytef*>(out.data()), &length,
                                   reinterpret_cast<const Bytef*>(bytes.data()), &used);
    out.resize(length);
    if (code == Z_OK && used != bytes.size()) return damaged("bytes follow the list");
    if (code == Z_OK) return out;
    if (code != Z_BUF_ERROR) return damaged("it is not compressed by zlib");
  }
  return damaged("it breaks off, or is larger than 8 MiB");
}

bool is_printable(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Returns the text under `key`. Null if there is no text.
const json::string* text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value == nullptr ? nullptr : value->if_string();
}

Result<Kind> kind_of(const json::object& object) {
  const json::value* value = object.if_contains("kind");
  if (value == nullptr) return Kind::runtime;
  if (!value->is_string()) return damaged("a kind is not a text");
  if (value->get_string() == "runtime") return Kind::runtime;
  if (value->get_string() == "build" || value->get_string() == "dev") return Kind::build;
  return damaged("a kind is neither runtime nor build");
}

Result<std::vector<std::size_t>> edges_of(const json::object& object, std::size_t packages) {
  std::vector<std::size_t> out;
  const json::value* value = object.if_contains("dependencies");
  if (value == nullptr) return out;
  if (!value->is_array()) return damaged("dependencies are not a list");
  for (const json::value& item : value->get_array()) {
    boost::system::error_code error;
    const auto index = item.to_number<std::size_t>(error);
    if (error || index >= packages) return damaged("a dependency is not a place in the list");
    out.push_back(index);
  }
  return out;
}

Result<Package> package_of(const json::value& entry, std::size_t packages) {
  const json::object* object = entry.if_object();
  if (object == nullptr) return damaged("a package is not an object");
  const json::string* name = text_of(*object, "name");
  const json::string* version = text_of(*object, "version");
  const json::string* source = text_of(*object, "source");
  if (name == nullptr || version == nullptr || source == nullptr)
    return damaged("a package lacks its name, its version or its source");
  if (!is_printable(*name, kLongestName)) return damaged("the name of a package is too long or not printable");
  if (!is_printable(*version, kLongestVersion) || !Version::parse(*version))
    return damaged(fmt::format("the version of '{}' is none", std::string_view(*name)));
  if (!is_printable(*source, kLongestSource))
    return damaged(fmt::format("the source of '{}' is too long or not printable", std::string_view(*name)));
  auto kind = kind_of(*object);
  if (!kind) return std::unexpected(kind.error());
  auto edges = edges_of(*object, packages);
  if (!edges) return std::unexpected(edges.error());
  const json::value* root = object->if_contains("root");
  if (root != nullptr && !root->is_bool()) return damaged("root is neither true nor false");
  return Package{std::string(*name),   std::string(*version),
                 std::string(*source), *kind,
                 std::move(*edges),    root != nullptr && root->get_bool()};
}

auto key(const Package& package) { return std::tie(package.name, package.version, package.source); }

}  // namespace

SourceKind source_kind(std::string_view source) {
  if (source == "crates.io") return SourceKind::crates_io;
  if (source == "registry" || source.starts_with("registry+") || source.starts_with("sparse+"))
    return SourceKind::registry;
  if (source == "git" || source.starts_with("git+")) return SourceKind::git;
  if (source == "local") return SourceKind::local;
  if (source == "path") return SourceKind::path;
  if (source == "vendored") return SourceKind::vendored;
  return source == "local-registry" ? SourceKind::local_registry : SourceKind::other;
}

std::string folded_name(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Result<DependencyList> list_from_json(const json::object& object) {
  const json::value* value = object.if_contains("packages");
  if (value == nullptr || !value->is_array()) return damaged("it has no list of packages");
  const json::array& entries = value->get_array();
  if (entries.size() > kMostPackages) return damaged(fmt::format("it has more than {} packages", kMostPackages));
  DependencyList out;
  std::size_t edges = 0;
  std::size_t text = 0;
  for (const json::value& entry : entries) {
    auto package = package_of(entry, entries.size());
    if (!package) return std::unexpected(package.error());
    text += package->name.size() + package->version.size() + package->source.size();
    if (text > kMostText) return damaged(fmt::format("its packages' names have more than {} bytes", kMostText));
    edges += package->dependencies.size();
    if (edges > kMostEdges) return damaged("its packages have too many dependencies");
    out.packages.push_back(std::move(*package));
  }
  return out;
}

json::object to_json(const DependencyList& list) {
  json::array packages;
  for (const Package& package : list.packages) {
    json::object entry{{"name", package.name}, {"version", package.version}, {"source", package.source}};
    if (package.kind == Kind::build) entry["kind"] = "build";
    if (!package.dependencies.empty())
      entry["dependencies"] = json::array(package.dependencies.begin(), package.dependencies.end());
    if (package.root) entry["root"] = true;
    packages.push_back(std::move(entry));
  }
  json::object out;
  out["packages"] = std::move(packages);
  return out;
}

Result<DependencyList> read_section(std::string_view section) {
  const auto text = inflated(section);
  if (!text) return std::unexpected(text.error());
  const auto object = parse_object(*text);
  if (!object) return damaged("it is not JSON: " + object.error().detail);
  return list_from_json(*object);
}

std::string write_section(const DependencyList& list) {
  const std::string text = json::serialize(to_json(sorted(list)));
  std::string out(::compressBound(text.size()), '\0');
  uLongf length = out.size();
  // compress2() fails only if no memory is left, because the buffer is large enough for any output.
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(text.data()),
                  text.size(), Z_BEST_COMPRESSION) != Z_OK)
    throw std::bad_alloc();
  out.resize(length);
  return out;
}

DependencyList sorted(const DependencyList& list) {
  const auto& given = list.packages;
  std::vector<std::size_t> order(given.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return key(given[a]) < key(given[b]); });
  DependencyList out;
  std::vector<std::size_t> place(given.size());
  for (const std::size_t from : order) {
    const Package& package = given[from];
    if (out.packages.empty() || key(out.packages.back()) != key(package)) {
      out.packages.push_back(package);
      out.packages.back().dependencies.clear();
    }
    Package& target = out.packages.back();
    // If a package has both kinds, it counts as a part of the component.
    if (package.kind == Kind::runtime) target.kind = Kind::runtime;
    target.root = target.root || package.root;
    place[from] = out.packages.size() - 1;
  }
  for (std::size_t from = 0; from < given.size(); ++from)
    for (const std::size_t to : given[from].dependencies)
      if (to < place.size()) out.packages[place[from]].dependencies.push_back(place[to]);
  for (Package& package : out.packages) {
    std::ranges::sort(package.dependencies);
    const auto rest = std::ranges::unique(package.dependencies);
    package.dependencies.erase(rest.begin(), rest.end());
  }
  return out;
}

DependencyList merged(const std::vector<DependencyList>& lists) {
  DependencyList all;
  for (const DependencyList& list : lists) {
    const std::size_t base = all.packages.size();
    for (Package package : list.packages) {
      for (std::size_t& to : package.dependencies) to += base;
      all.packages.push_back(std::move(package));
    }
  }
  return sorted(all);
}

}  // namespace faasta::policy

#include "policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

namespace faasta::policy {
namespace {

using namespace std::string_view_literals;

#define OFFERED(name) std::string_view(name),
constexpr auto kOffered = std::to_array<std::string_view>({
#include <interfaces.inc>
});
#undef OFFERED

constexpr std::string_view kAskOperator = "ask the operator to allow it in the policy";

std::string shown(const Package& package) { return package.name + " " + package.version; }

/// Whether an entry of `sources` covers the source of a package. A git entry also covers all repositories below its
/// URL.
bool covers(std::string_view entry, std::string_view source) {
  switch (source_kind(entry)) {
    case SourceKind::registry:
      if (entry == "registry") {
        const SourceKind kind = source_kind(source);
        return kind == SourceKind::registry || kind == SourceKind::crates_io;
      }
      break;
    case SourceKind::git:
      if (entry == "git") return source_kind(source) == SourceKind::git;
      if (source.starts_with(entry))
        return entry.ends_with('/') || source.size() == entry.size() || "/?#"sv.contains(source[entry.size()]);
      return false;
    default:
      break;
  }
  while (entry.ends_with('/')) entry.remove_suffix(1);
  while (source.ends_with('/')) source.remove_suffix(1);
  return entry == source;
}

/// The reason why a source is refused, and advice for the user.
struct Advice {
  std::string_view why;
  std::string_view fix;
};
Advice advice_on(SourceKind kind) {
  switch (kind) {
    case SourceKind::git:
      return {"it comes from a git repository, not from a registry", "Use a release from a registry, or "};
    case SourceKind::path:
      return {"it is a folder outside of the project's workspace, or stands in for a package of a registry",
              "Use the registry's package, make the folder a member of the workspace, or "};
    case SourceKind::vendored:
      return {"it comes from a folder that stands in for its registry or repository, which nothing checks",
              "Remove the source replacement from cargo's configuration, or "};
    case SourceKind::local_registry:
      return {"it comes from a registry on this machine, not from the one that it names",
              "Remove the source replacement from cargo's configuration, or "};
    case SourceKind::crates_io:
    case SourceKind::registry:
      return {"its registry is not one that the policy names", "Use a package of an allowed registry, or "};
    case SourceKind::local:
    case SourceKind::other:
      break;
  }
  return {"its source is not one that the policy knows", "Use a release from a registry, or "};
}

bool is_named(const PackageRule& rule, const Package& package) {
  return folded_name(rule.name) == folded_name(package.name);
}

/// Finds the shortest path of dependencies from a root to a package.
class Ways {
 public:
  explicit Ways(const DependencyList& list) : list_(list), parent_(list.packages.size(), kNone) {
    std::vector<bool> seen(parent_.size(), false);
    std::deque<std::size_t> waiting;
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      if (!list.packages[i].root) continue;
      seen[i] = true;
      waiting.push_back(i);
    }
    for (; !waiting.empty(); waiting.pop_front()) {
      const std::size_t at = waiting.front();
      for (const std::size_t to : list.packages[at].dependencies) {
        if (to >= parent_.size() || seen[to]) continue;
        seen[to] = true;
        parent_[to] = at;
        waiting.push_back(to);
      }
    }
  }

  /// Returns "root 1.0.0 -> a 1.0.0 -> b 2.0.0". If the path is long, returns only its end, because a stranger may have
  /// made the list. If no path leads to the package, returns only the package.
  [[nodiscard]] std::string to(std::size_t package) const {
    constexpr int kMostSteps = 12;
    std::string out = shown(list_.packages[package]);
    int steps = 0;
    for (std::size_t at = parent_[package]; at != kNone; at = parent_[at]) {
      if (++steps > kMostSteps) return "... -> " + out;
      out.insert(0, shown(list_.packages[at]) + " -> ");
    }
    return out;
  }

 private:
  static constexpr auto kNone = static_cast<std::size_t>(-1);
  const DependencyList& list_;
  std::vector<std::size_t> parent_;
};

/// Checks the packages one after the other and collects the violations.
class Judge {
 public:
  Judge(const Policy& policy, const DependencyList& list) : policy_(policy), list_(list), ways_(list) {}

  void judge(std::size_t at, const PackageFacts& facts) {
    at_ = at;
    package_ = &list_.packages[at];
    facts_ = &facts;
    const Package& package = *package_;
    judge_denied();
    if (source_kind(package.source) == SourceKind::local) return;  // the user's own code
    judge_source();
    judge_allowed();
    judge_build_code(facts.build_script, policy_.build_scripts, "it has a build script, and the policy denies those");
    judge_build_code(facts.proc_macro, policy_.proc_macros, "it is a procedural macro, and the policy denies those");
  }
  [[nodiscard]] std::vector<Violation> take() { return std::move(out_); }

 private:
  void violation(std::string why, std::string fix) {
    std::string text = shown(*package_) + " (" + package_->source + ")";
    if (!facts_->remark.empty()) text += ", " + facts_->remark;
    out_.push_back({std::move(text), std::move(why), ways_.to(at_), std::move(fix)});
  }

  void judge_denied() {
    const auto version = Version::parse(package_->version);
    for (const PackageRule& rule : policy_.deny) {
      if (!is_named(rule, *package_)) continue;
      if (version && !rule.requirement.matches(*version, PreReleases::included)) continue;
      const std::string range = rule.version.empty() ? rule.name : rule.name + " " + rule.version;
      violation(fmt::format("the policy denies {}{}{}", range, rule.reason.empty() ? "" : ": ", rule.reason),
                rule.version.empty() ? "Remove what depends on it"
                                     : "Update or remove it: `cargo update -p " + package_->name + "`");
      return;
    }
  }

  void judge_source() {
    const SourceKind kind = source_kind(package_->source);
    const bool allowed =
        std::ranges::any_of(policy_.sources, [&](const std::string& entry) { return covers(entry, package_->source); });
    if (!allowed) {
      const Advice advice = advice_on(kind);
      return violation(std::string(advice.why), std::string(advice.fix) + std::string(kAskOperator));
    }
    if (facts_->without_checksum)
      violation("Cargo.lock has no checksum for it", "Run `cargo update` with a registry that has checksums");
  }

  void judge_allowed() {
    if (policy_.allow.empty()) return;
    const auto version = Version::parse(package_->version);
    const bool allowed = std::ranges::any_of(policy_.allow, [&](const PackageRule& rule) {
      if (!is_named(rule, *package_)) return false;
      return rule.version.empty() || (version && rule.requirement.matches(*version, PreReleases::as_cargo));
    });
    if (!allowed)
      violation("it is not on the policy's list of allowed packages", "Do without it, or " + std::string(kAskOperator));
  }

  void judge_build_code(bool present, const BuildCode& rule, std::string_view why) {
    if (!present || !rule.deny) return;
    const std::string name = folded_name(package_->name);
    if (std::ranges::any_of(rule.allowed, [&](const std::string& allowed) { return folded_name(allowed) == name; }))
      return;
    violation(std::string(why), "Do without it, or " + std::string(kAskOperator));
  }

  const Policy& policy_;
  const DependencyList& list_;
  Ways ways_;
  std::size_t at_ = 0;
  const Package* package_ = nullptr;
  const PackageFacts* facts_ = nullptr;
  std::vector<Violation> out_;
};

}  // namespace

std::span<const std::string_view> offered_interfaces() { return kOffered; }

bool is_interface(std::string_view pattern, std::string_view import) {
  const std::string_view name = import.substr(0, import.find('@'));
  if (pattern.ends_with("/*")) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return name == pattern;
}

std::vector<std::string> refused_imports(const Policy& policy, const std::vector<std::string>& imports) {
  std::vector<std::string> out;
  for (const std::string& import : imports) {
    const auto means = [&](const std::string& pattern) { return is_interface(pattern, import); };
    const bool allowed = !policy.allowed_imports || std::ranges::any_of(*policy.allowed_imports, means);
    if (!allowed || std::ranges::any_of(policy.denied_imports, means)) out.push_back(import);
  }
  return out;
}

std::vector<Violation> evaluate(const Policy& policy, const DependencyList& list,
                                const std::vector<PackageFacts>& facts) {
  const PackageFacts nothing;
  Judge judge(policy, list);
  for (std::size_t i = 0; i < list.packages.size(); ++i) judge.judge(i, i < facts.size() ? facts[i] : nothing);
  return judge.take();
}

std::string describe(const Violation& violation) {
  std::string out = violation.package + ": " + violation.why;
  // If there is no arrow, the package is a root, or no path leads to it.
  if (violation.chain.contains(" -> ")) out += "\n  by " + violation.chain;
  return out;
}

}  // namespace faasta::policy

#include "base/scopes.hpp"

#include <algorithm>

#include "base/function_name.hpp"
#include "base/text.hpp"

namespace faasta {

std::vector<std::string> scope_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    if (const std::string_view word = take_until(text, ' '); !word.empty()) out.emplace_back(word);
  }
  return out;
}

Result<Scopes> Scopes::parse(std::string_view text) {
  constexpr std::string_view kDeployOne = "deploy:";
  Scopes out;
  for (const std::string& text_word : scope_words(text)) {
    const std::string_view word = text_word;
    if (word == "admin") {
      out.admin_ = true;
    } else if (word == "read") {
      out.read_ = true;
    } else if (word == "deploy") {
      out.deploy_all_ = true;
    } else if (word.starts_with(kDeployOne) && FunctionName::parse(word.substr(kDeployOne.size()))) {
      out.deploy_.emplace_back(word.substr(kDeployOne.size()));
    } else {
      return fail(Code::bad_request,
                  "'" + std::string(word.substr(0, 60)) + "' is not a scope: read, deploy, deploy:NAME and admin are");
    }
  }
  std::ranges::sort(out.deploy_);
  const auto repeats = std::ranges::unique(out.deploy_);
  out.deploy_.erase(repeats.begin(), repeats.end());
  if (out.text().empty()) return fail(Code::bad_request, "there is no scope");
  return out;
}

Scopes Scopes::admin_scope() {
  Scopes out;
  out.admin_ = true;
  return out;
}

bool Scopes::may_deploy(std::string_view function) const {
  return admin_ || deploy_all_ || std::ranges::binary_search(deploy_, function);
}

bool Scopes::may_read(std::string_view function) const { return read_all() || may_deploy(function); }

bool Scopes::cover(const Scopes& other) const {
  if (admin_) return true;
  if (other.admin_ || (other.deploy_all_ && !deploy_all_) || (other.read_ && !read_all())) return false;
  return std::ranges::all_of(other.deploy_, [this](const std::string& name) { return may_deploy(name); });
}

std::string Scopes::text() const {
  std::string out;
  const auto add = [&out](std::string_view word) { out += (out.empty() ? "" : " ") + std::string(word); };
  if (admin_) add("admin");
  if (read_) add("read");
  if (deploy_all_) add("deploy");
  for (const std::string& name : deploy_) add("deploy:" + name);
  return out;
}

}  // namespace faasta

#include "compile/sandbox.hpp"

#include "base/code_rights.hpp"
#include "base/landlock.hpp"
#include "base/propagate.hpp"
#include "compile/sandbox_parts.hpp"

namespace faasta::compile {

Result<> enter_sandbox(const SandboxFiles& files) {
  std::vector<FileRule> rules;
  for (const auto& file : files.read) rules.push_back({file, FileRule::Access::read});
  for (const auto& file : files.written) rules.push_back({file, FileRule::Access::write});
  refuse_new_code();
  RETURN_IF_ERROR(enter_landlock(rules, LandlockScope::everything));
  return enter_system_call_filter();  // the last step: the filter does not allow the calls of Landlock
}

bool has_landlock() { return landlock_version(LandlockScope::everything) > 0; }

}  // namespace faasta::compile

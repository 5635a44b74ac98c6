#include "compile/sandbox.hpp"

#include "base/propagate.hpp"
#include "compile/sandbox_parts.hpp"

namespace faasta::compile {

Result<> enter_sandbox(const SandboxFiles& files) {
  RETURN_IF_ERROR(enter_landlock(files));
  return enter_system_call_filter();  // the last step: the filter does not allow the calls of Landlock
}

}  // namespace faasta::compile

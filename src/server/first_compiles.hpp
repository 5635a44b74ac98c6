#pragma once
// Chooses the components that are compiled before the server is ready. Compiled code is missing after an upgrade of
// Wasmtime, or after a backup was restored.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "server/runtimes.hpp"
#include "store/artifacts.hpp"
#include "store/count_store.hpp"
#include "store/live_components.hpp"

namespace faasta::server {

/// Lists the components without compiled code, each once, in the order in which they should be compiled. Components
/// with more calls come first. But all large components come after the small ones, because a large component takes as
/// long as a hundred small ones. `heat`: the functions that were called lately, with the number of calls. `all`: also
/// lists components that were not called.
[[nodiscard]] std::vector<Sha256> in_order_of_compiling(const std::vector<store::LiveComponent>& missing,
                                                        const std::unordered_map<FunctionId, std::uint64_t>& heat,
                                                        bool all);

/// Reads from the store: the components without compiled code, and the calls of each function in the last hour. If
/// there is no function, returns the runtimes without compiled code: nobody waits for this server, and the first deploy
/// should be as fast as the later ones.
[[nodiscard]] std::vector<Sha256> first_compiles(store::Connections& connections, store::CountStore& counts,
                                                 const store::Artifacts& artifacts, Runtimes& runtimes, bool all);

/// Compiles the components that `list` returns, one after the other. `again`: afterwards asks `list` again, because the
/// other server may have deployed more in the meantime. `told` is called before each compile with how many are done and
/// how many there are; the compiles end early if it returns false.
void compile_listed(const std::function<std::vector<Sha256>()>& list, const std::function<void(const Sha256&)>& compile,
                    bool again, const std::function<bool(std::size_t done, std::size_t count)>& told);

}  // namespace faasta::server

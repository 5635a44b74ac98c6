#pragma once
// Which components are compiled before the server says that it is ready. Their code is missing after an upgrade of
// Wasmtime, or after a backup was restored.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/artifacts.hpp"
#include "store/count_store.hpp"
#include "store/live_components.hpp"

namespace faasta::server {

/// Sorts the components whose code is missing: first those that were called most, and a large component behind all
/// small ones of any heat, because it takes as long as a hundred of them. Each component is listed once. `heat`: the
/// functions that were called lately, and how much. `all`: whether components that were not called are listed, too.
[[nodiscard]] std::vector<Sha256> in_order_of_compiling(const std::vector<store::LiveComponent>& missing,
                                                        const std::unordered_map<FunctionId, std::uint64_t>& heat,
                                                        bool all);

/// Reads which components have no compiled code, and how much each function was called in the last hour.
[[nodiscard]] std::vector<Sha256> first_compiles(store::Connections& connections, store::CountStore& counts,
                                                 const store::Artifacts& artifacts, bool all);

}  // namespace faasta::server

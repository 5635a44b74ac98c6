# Headers that most files include, compiled once: the project compiles in half the time. A file still includes what it uses; the
# build without them is `cmake -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON`.
set(FAASTA_PRECOMPILED
  <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <optional> <ranges> <span> <string> <string_view>
  <unordered_map> <utility> <vector> <fmt/format.h> <boost/asio/awaitable.hpp> <boost/asio/io_context.hpp> <boost/json.hpp>)

# precompiled(TARGET OWNER): the target's files begin with them; OWNER compiles them for all whose flags are its own.
function(precompiled target owner)
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${FAASTA_PRECOMPILED} ${ARGN})
    # Their time of change says nothing about what is in them; ccache asks for this.
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

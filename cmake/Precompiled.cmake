# Compiles the headers that most files include only once, so that the project compiles in half the time. Each file must
# still include the headers that it uses; `cmake -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON` builds without precompiled
# headers.
set(FAASTA_PRECOMPILED
  <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <optional> <ranges> <span> <string> <string_view>
  <unordered_map> <utility> <vector> <fmt/format.h> <boost/asio/awaitable.hpp> <boost/asio/io_context.hpp> <boost/json.hpp>)

# precompiled(TARGET OWNER): the files of TARGET begin with these headers. OWNER compiles the headers for all targets
# with the same flags.
function(precompiled target owner)
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${FAASTA_PRECOMPILED} ${ARGN})
    # ccache needs this: the time stamps of precompiled headers say nothing about their content.
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

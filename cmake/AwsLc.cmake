# AWS-LC from the pinned crate in third_party/awslc, as targets faasta_crypto (hashes, random bytes) and faasta_tls (TLS).
include(CrateSource)
crate_source(awslc aws-lc-sys awslc)

# This is in a function, so that AWS-LC's options have no effect on other targets.
function(build_awslc)
  set(BUILD_TESTING OFF)
  set(BUILD_TOOL OFF)
  set(BUILD_SHARED_LIBS OFF)
  set(DISABLE_GO ON)
  set(DISABLE_PERL ON)
  set(ENABLE_SOURCE_MODIFICATION OFF)
  # Random bytes come from the kernel alone. The second source would take 48 ms of the first request (decision 32).
  set(DISABLE_CPU_JITTER_ENTROPY ON)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # its options take the values above
  set(CMAKE_COMPILE_WARNING_AS_ERROR OFF)
  add_compile_options(-w)
  add_subdirectory(${awslc}/aws-lc ${CMAKE_BINARY_DIR}/awslc EXCLUDE_FROM_ALL SYSTEM)
endfunction()
build_awslc()

# Debian's libcurl loads libssl.so.3. A program that loads libcurl must not export these symbols to libssl.so.3, because
# the structures of the two libraries differ.
foreach(part crypto ssl)
  target_link_options(${part} INTERFACE -Wl,--exclude-libs,lib${part}.a)
endforeach()
add_library(faasta_crypto INTERFACE)
target_link_libraries(faasta_crypto INTERFACE crypto)
add_library(faasta_tls_library INTERFACE)
target_link_libraries(faasta_tls_library INTERFACE ssl crypto)

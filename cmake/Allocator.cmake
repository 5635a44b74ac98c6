# mimalloc replaces libc's malloc, for C++ and Rust (target faasta_allocator). Debian has it only as a shared library.
# It is linked before libc, so each part of the program finds mimalloc's malloc first. Sanitizers have their own malloc.
add_library(faasta_allocator INTERFACE)
if(NOT FAASTA_SANITIZE)
  find_library(MIMALLOC mimalloc REQUIRED)
  target_link_libraries(faasta_allocator INTERFACE -Wl,--push-state,--no-as-needed ${MIMALLOC} -Wl,--pop-state)
endif()

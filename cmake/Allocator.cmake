# mimalloc in place of libc's malloc, for C++ and Rust alike (target faasta_allocator). Debian has it as a shared library
# only; linked before libc, its malloc is the one that every part of the program finds. Sanitizers bring their own.
add_library(faasta_allocator INTERFACE)
if(NOT FAASTA_SANITIZE)
  find_library(MIMALLOC mimalloc REQUIRED)
  target_link_libraries(faasta_allocator INTERFACE -Wl,--push-state,--no-as-needed ${MIMALLOC} -Wl,--pop-state)
endif()

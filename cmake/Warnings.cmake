# Every warning is an error on both compilers. Other people's headers are SYSTEM.
set(FAASTA_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wextra-semi -Wcast-align -Wformat=2 -Wundef -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND FAASTA_WARNINGS -Wthread-safety -Wunreachable-code -Wmissing-prototypes -Wnull-dereference)
else()
  # g++ 12 reports false -Wnull-dereference, -Wmaybe-uninitialized and -Wmismatched-new-delete inside coroutine frames and Asio.
  list(APPEND FAASTA_WARNINGS -Wduplicated-cond -Wlogical-op -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-array-bounds
       -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
endif()

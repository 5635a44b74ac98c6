# One program with all unit tests: every *_test.cpp, which is next to the code that it tests.
include(GoogleTest)
file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*_test.cpp)
add_executable(faasta_unit_tests ${tests})
target_include_directories(faasta_unit_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(faasta_unit_tests PRIVATE faasta_server faasta_supervisor_parts faasta_cli GTest::gtest GTest::gtest_main)
target_compile_options(faasta_unit_tests PRIVATE ${FAASTA_WARNINGS} $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-prototypes>)
# tests/unit has code that several tests use.
target_include_directories(faasta_unit_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
# The code under test is optimised as in the server. The tests are compiled without optimisation, which is fastest.
target_compile_options(faasta_unit_tests PRIVATE -O0 -g0 -U_FORTIFY_SOURCE)
target_compile_definitions(faasta_unit_tests PRIVATE FAASTA_GUESTS="${CMAKE_SOURCE_DIR}/build/guests"
  FAASTA_GOLDEN_FILES="${CMAKE_SOURCE_DIR}/tests/golden")
precompiled(faasta_unit_tests faasta_unit_tests <gtest/gtest.h>)
gtest_discover_tests(faasta_unit_tests DISCOVERY_TIMEOUT 120)

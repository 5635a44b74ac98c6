# One program of unit tests: every *_test.cpp beside the code it tests.
include(GoogleTest)
file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*_test.cpp)
add_executable(faasta_unit_tests ${tests})
target_link_libraries(faasta_unit_tests PRIVATE faasta_server faasta_cli GTest::gtest GTest::gtest_main)
target_compile_options(faasta_unit_tests PRIVATE ${FAASTA_WARNINGS} -Wno-missing-prototypes)
gtest_discover_tests(faasta_unit_tests DISCOVERY_TIMEOUT 120)

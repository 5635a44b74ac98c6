# C and C++ sources inside a Rust crate. Cargo downloads the crate and checks it against the lock file; CMake compiles
# the sources.
find_program(CARGO cargo REQUIRED)

# crate_source(FOLDER CRATE OUT): OUT is the folder of CRATE, which third_party/FOLDER/Cargo.toml pins.
function(crate_source folder crate out)
  set(manifest ${CMAKE_SOURCE_DIR}/third_party/${folder}/Cargo.toml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${manifest})
  execute_process(
    COMMAND ${CARGO} metadata --locked --format-version 1 --manifest-path ${manifest}
    OUTPUT_VARIABLE metadata COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "\"manifest_path\":\"([^\"]*/${crate}-[0-9][^\"]*)/Cargo.toml\"" ignored "${metadata}")
  if(NOT EXISTS "${CMAKE_MATCH_1}")
    message(FATAL_ERROR "crate ${crate} was not found with ${manifest}")
  endif()
  set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

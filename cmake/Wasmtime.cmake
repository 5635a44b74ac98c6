# Copies the crates of Wasmtime that Faasta patches from Cargo's folder to build/wasmtime, and patches the copies.
# engine/Cargo.toml uses the copies. third_party/wasmtime has the patches, and docs/decisions/0019 the reasons. The
# copies are made again only if a patch has changed, because Cargo compiles each file that was written again.
find_program(CARGO cargo REQUIRED)
find_program(PATCH patch REQUIRED)
set(wasmtime_folder ${CMAKE_SOURCE_DIR}/third_party/wasmtime)
set(wasmtime_patched ${CMAKE_SOURCE_DIR}/build/wasmtime)
file(GLOB wasmtime_patches CONFIGURE_DEPENDS ${wasmtime_folder}/*.patch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${wasmtime_patches} ${wasmtime_folder}/Cargo.toml ${wasmtime_folder}/Cargo.lock)
set(wasmtime_wanted "")
foreach(file ${wasmtime_folder}/Cargo.lock ${wasmtime_patches})
  file(SHA256 ${file} digest)
  string(APPEND wasmtime_wanted "${digest}\n")
endforeach()
set(wasmtime_there "")
if(EXISTS ${wasmtime_patched}/stamp)
  file(READ ${wasmtime_patched}/stamp wasmtime_there)
endif()
if(NOT wasmtime_there STREQUAL wasmtime_wanted)
  execute_process(
    COMMAND ${CARGO} metadata --locked --format-version 1 --manifest-path ${wasmtime_folder}/Cargo.toml
    OUTPUT_VARIABLE metadata COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE_RECURSE ${wasmtime_patched})
  foreach(crate wasmtime wasmtime-environ)
    string(REGEX MATCH "\"manifest_path\":\"([^\"]*/${crate}-[0-9][^\"/]*)/Cargo.toml\"" ignored "${metadata}")
    file(COPY ${CMAKE_MATCH_1}/ DESTINATION ${wasmtime_patched}/${crate})
  endforeach()
  foreach(patch ${wasmtime_patches})
    execute_process(
      COMMAND ${PATCH} --quiet --strip=1 --fuzz=0 --input=${patch}
      WORKING_DIRECTORY ${wasmtime_patched} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(WRITE ${wasmtime_patched}/stamp "${wasmtime_wanted}")
endif()

# The Rust crate engine/ as one static library, target faasta_engine_rust. Cargo decides which parts are out of date.
find_program(CARGO cargo REQUIRED)
include(Wasmtime)
set(FAASTA_ENGINE_TARGET_FOLDER ${CMAKE_SOURCE_DIR}/build/engine CACHE PATH "Cargo's target folder; shared by every preset")
set(engine_library ${FAASTA_ENGINE_TARGET_FOLDER}/release/libfaasta_engine.a)
file(GLOB_RECURSE engine_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/src/*.rs)
list(APPEND engine_sources ${wasmtime_patched}/stamp ${CMAKE_SOURCE_DIR}/engine/interfaces.inc)
add_custom_command(
  OUTPUT ${engine_library}
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${FAASTA_ENGINE_TARGET_FOLDER} ${FAASTA_CARGO_ENVIRONMENT}
          ${CARGO} build --locked --release --lib --manifest-path ${CMAKE_SOURCE_DIR}/engine/Cargo.toml ${FAASTA_ENGINE_OPTIONS}
  COMMAND ${CMAKE_COMMAND} -E touch_nocreate ${engine_library}
  DEPENDS ${engine_sources} ${CMAKE_SOURCE_DIR}/engine/Cargo.toml ${CMAKE_SOURCE_DIR}/engine/Cargo.lock
  COMMENT "Building the engine crate (Wasmtime); the first time takes about ten minutes"
  USES_TERMINAL VERBATIM)
add_custom_target(faasta_engine_build DEPENDS ${engine_library})
add_library(faasta_engine_rust STATIC IMPORTED GLOBAL)
# Without the second property, a program would not be linked again when only the crate has changed.
set_target_properties(faasta_engine_rust PROPERTIES IMPORTED_LOCATION ${engine_library} INTERFACE_LINK_DEPENDS ${engine_library})
target_include_directories(faasta_engine_rust INTERFACE ${CMAKE_SOURCE_DIR}/engine)
target_link_libraries(faasta_engine_rust INTERFACE pthread dl m)
add_dependencies(faasta_engine_rust faasta_engine_build)

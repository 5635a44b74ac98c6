# The Rust program componentize/, as bin/faasta-componentize beside the CLI, which runs it. Cargo decides which parts are
# out of date.
set(FAASTA_COMPONENTIZE_TARGET_FOLDER ${CMAKE_SOURCE_DIR}/build/componentize CACHE PATH "Cargo's target folder; shared by every preset")
set(componentize_program ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/faasta-componentize)
add_custom_command(
  OUTPUT ${componentize_program}
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${FAASTA_COMPONENTIZE_TARGET_FOLDER} ${FAASTA_CARGO_ENVIRONMENT}
          ${CARGO} build --locked --release --quiet --manifest-path ${CMAKE_SOURCE_DIR}/componentize/Cargo.toml
  COMMAND ${CMAKE_COMMAND} -E copy ${FAASTA_COMPONENTIZE_TARGET_FOLDER}/release/faasta-componentize ${componentize_program}
  DEPENDS ${CMAKE_SOURCE_DIR}/componentize/src/main.rs ${CMAKE_SOURCE_DIR}/componentize/Cargo.toml
          ${CMAKE_SOURCE_DIR}/componentize/Cargo.lock
  COMMENT "Building faasta-componentize" VERBATIM)
add_custom_target(faasta_componentize ALL DEPENDS ${componentize_program})

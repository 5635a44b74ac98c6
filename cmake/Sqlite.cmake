# SQLite from the pinned crate in third_party/sqlite (see there for why not Debian's), as target faasta_sqlite3.
find_program(CARGO cargo REQUIRED)
set(manifest ${CMAKE_SOURCE_DIR}/third_party/sqlite/Cargo.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${manifest})
execute_process(
  COMMAND ${CARGO} metadata --locked --format-version 1 --manifest-path ${manifest}
  OUTPUT_VARIABLE metadata COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "\"manifest_path\":\"([^\"]*libsqlite3-sys-[^\"]*)/Cargo.toml\"" ignored "${metadata}")
set(FAASTA_SQLITE_FOLDER ${CMAKE_MATCH_1}/sqlite3)
if(NOT EXISTS ${FAASTA_SQLITE_FOLDER}/sqlite3.c)
  message(FATAL_ERROR "sqlite3.c was not found in crate libsqlite3-sys (looked in ${FAASTA_SQLITE_FOLDER})")
endif()

add_library(faasta_sqlite3 STATIC ${FAASTA_SQLITE_FOLDER}/sqlite3.c)
target_include_directories(faasta_sqlite3 SYSTEM PUBLIC ${FAASTA_SQLITE_FOLDER})
# The recommended compile-time options (sqlite.org/compile.html section 2), but with threads: one connection per thread.
target_compile_definitions(faasta_sqlite3 PRIVATE
  SQLITE_DQS=0 SQLITE_THREADSAFE=2 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_MAX_EXPR_DEPTH=0 SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE SQLITE_OMIT_LOAD_EXTENSION SQLITE_USE_ALLOCA)
target_compile_options(faasta_sqlite3 PRIVATE -w)
target_link_libraries(faasta_sqlite3 PRIVATE m)

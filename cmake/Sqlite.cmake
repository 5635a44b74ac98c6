# SQLite from the pinned crate in third_party/sqlite (which has the reason for not using Debian's), as target
# faasta_sqlite3.
include(CrateSource)
crate_source(sqlite libsqlite3-sys sqlite)
set(FAASTA_SQLITE_FOLDER ${sqlite}/sqlite3)

add_library(faasta_sqlite3 STATIC ${FAASTA_SQLITE_FOLDER}/sqlite3.c)
target_include_directories(faasta_sqlite3 SYSTEM PUBLIC ${FAASTA_SQLITE_FOLDER})
# The recommended compile-time options (sqlite.org/compile.html section 2), but with threads: one connection per thread.
# TEMP_STORE=3: no temporary files, because a server can open only the files of its data folder (docs/decisions/0051).
target_compile_definitions(faasta_sqlite3 PRIVATE
  SQLITE_DQS=0 SQLITE_THREADSAFE=2 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_MAX_EXPR_DEPTH=0 SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE SQLITE_OMIT_LOAD_EXTENSION SQLITE_USE_ALLOCA
  SQLITE_TEMP_STORE=3)
target_compile_options(faasta_sqlite3 PRIVATE -w)
target_link_libraries(faasta_sqlite3 PRIVATE m)

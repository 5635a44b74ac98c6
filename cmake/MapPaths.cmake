# With FAASTA_MAP_PATHS, programs contain no path of this machine, and the same sources make the same bytes in each
# folder. The preset `package` sets it, and packaging/reproduce compares two builds.
option(FAASTA_MAP_PATHS "Programs do not contain the paths of this machine (packaging/package)" OFF)
set(FAASTA_CARGO_ENVIRONMENT "")
set(FAASTA_ENGINE_OPTIONS "")
if(FAASTA_MAP_PATHS)
  include(CrateSource)
  crate_source(sqlite libsqlite3-sys one_crate)
  cmake_path(GET one_crate PARENT_PATH crates)  # its name has the registry's host
  file(REAL_PATH $ENV{HOME} home)
  set(c_flags "")
  set(rust_flags "")
  foreach(map "${home}=~" "${CMAKE_SOURCE_DIR}=." "${crates}=crates")  # of several that fit, the last holds
    list(APPEND c_flags -ffile-prefix-map=${map})
    list(APPEND rust_flags --remap-path-prefix=${map})
  endforeach()
  add_compile_options(${c_flags})
  list(JOIN c_flags " " c_flags)
  list(JOIN rust_flags " " rust_flags)
  set(FAASTA_CARGO_ENVIRONMENT "RUSTFLAGS=${rust_flags}" "CFLAGS=${c_flags}")
  # Cargo puts the path of a crate into the names of its symbols, relative to engine/ only if the crate is below it. So
  # the patched crates get a path there: engine/patched is a link to build/wasmtime.
  foreach(crate wasmtime wasmtime-environ)
    list(APPEND FAASTA_ENGINE_OPTIONS --config "patch.crates-io.${crate}.path=\"${CMAKE_SOURCE_DIR}/engine/patched/${crate}\"")
  endforeach()
endif()

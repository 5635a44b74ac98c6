# nghttp2 from the pinned crate in third_party/nghttp2, as target faasta_nghttp2.
include(CrateSource)
crate_source(nghttp2 libnghttp2-sys nghttp2)
set(nghttp2 ${nghttp2}/nghttp2/lib)
string(REGEX MATCH "\\+([0-9]+)\\.([0-9]+)\\.([0-9]+)/" ignored "${nghttp2}")  # the crate's version names the library's
set(PACKAGE_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
math(EXPR PACKAGE_VERSION_NUM "(${CMAKE_MATCH_1} << 16) + (${CMAKE_MATCH_2} << 8) + ${CMAKE_MATCH_3}" OUTPUT_FORMAT HEXADECIMAL)
configure_file(${nghttp2}/includes/nghttp2/nghttp2ver.h.in ${CMAKE_BINARY_DIR}/nghttp2/nghttp2/nghttp2ver.h @ONLY)

file(GLOB nghttp2_sources ${nghttp2}/*.c)
add_library(faasta_nghttp2 STATIC ${nghttp2_sources})
target_include_directories(faasta_nghttp2 SYSTEM PUBLIC ${nghttp2}/includes ${CMAKE_BINARY_DIR}/nghttp2)
target_compile_definitions(faasta_nghttp2 PUBLIC NGHTTP2_STATICLIB
  PRIVATE BUILDING_NGHTTP2 HAVE_ARPA_INET_H HAVE_NETINET_IN_H HAVE_CLOCK_GETTIME HAVE_DECL_CLOCK_MONOTONIC=1)
target_compile_options(faasta_nghttp2 PRIVATE -w)
# Debian's libcurl loads libnghttp2.so.14. That library must not find these symbols.
target_link_options(faasta_nghttp2 INTERFACE -Wl,--exclude-libs,libfaasta_nghttp2.a)

# Turns a list of media types and extensions (mime.types) into lines of {"extension", "type"}.
# Run as: cmake -D INPUT=mime.types -D OUTPUT=media_types.inc -P MediaTypes.cmake
file(STRINGS "${INPUT}" rows REGEX "^[a-z][^ \t]*[ \t]+[^ \t]")
set(lines "")
foreach(row IN LISTS rows)
  string(REGEX REPLACE "[ \t]+" ";" words "${row}")
  list(POP_FRONT words type)
  foreach(extension IN LISTS words)
    if(extension MATCHES "^[A-Za-z0-9_+-]+$")
      string(APPEND lines "{\"${extension}\", \"${type}\"},\n")
    endif()
  endforeach()
endforeach()
file(WRITE "${OUTPUT}" "${lines}")

# Embeds one text file as a std::string_view function.
# Run as: cmake -D INPUT=docs/openapi.json -D OUTPUT=x.cpp -D HEADER=api/openapi.hpp -D FUNCTION=faasta::api::openapi_document -P Embed.cmake
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"\nstd::string_view ${FUNCTION}() {\n  return R\"faasta_embedded(")
file(APPEND "${OUTPUT}" "${text}")
file(APPEND "${OUTPUT}" ")faasta_embedded\";\n}\n")

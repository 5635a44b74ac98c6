// Reads an uploaded component as the C++ code does: its kind, its imports and exports, its custom sections.

#include "component/component_reader.hpp"
#include "component/custom_sections.hpp"
#include "component/file_kind.hpp"
#include "fuzz.hpp"

void fuzz(std::string_view input) {
  using namespace faasta;
  const auto kind = component::check_file_kind(input);
  const auto read = component::read_component(input);
  FUZZ_CHECK(kind || !read);
  if (read) {
    static_cast<void>(component::check_wasi_version(*read));
    static_cast<void>(component::check_handler(*read));
  }
  const auto before = component::custom_sections(input, "fuzzed");
  if (!before) return;
  for (const std::string_view section : *before)
    FUZZ_CHECK(section.data() >= input.data() && section.data() + section.size() <= input.data() + input.size());
  const auto added = component::with_custom_section(input, "fuzzed", "text");
  if (!added) return;
  const auto after = component::custom_sections(*added, "fuzzed");
  FUZZ_CHECK(after && !after->empty() && after->back() == "text");
}

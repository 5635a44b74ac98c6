// Reads the list of dependencies in a component: compressed JSON that a stranger wrote. A list that was read must stay
// the same when it is written and read again.

#include "base/json.hpp"
#include "fuzz.hpp"
#include "policy/dependency_list.hpp"

void fuzz(std::string_view input) {
  using namespace faasta;
  static_cast<void>(policy::read_section(input));  // zlib's bytes
  const auto object = parse_object(input);         // or what would come out of them
  if (!object) return;
  const auto list = policy::list_from_json(*object);
  if (!list) return;
  const auto again = policy::read_section(policy::write_section(*list));
  FUZZ_CHECK(again && to_text(policy::to_json(*again)) == to_text(policy::to_json(policy::sorted(*list))));
}

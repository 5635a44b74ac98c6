#include "cli/project/toml_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace faasta::cli {

boost::json::value to_json(const toml::node& node) {
  if (const auto* const text = node.as_string()) return boost::json::value(text->get());
  if (const auto* const number = node.as_integer()) return number->get();
  if (const auto* const flag = node.as_boolean()) return flag->get();
  if (const auto* const items = node.as_array()) {
    boost::json::array out;
    for (const toml::node& item : *items) out.push_back(to_json(item));
    return out;
  }
  if (const auto* const table = node.as_table()) {
    boost::json::object out;
    for (const auto& [key, value] : *table) out[key.str()] = to_json(value);
    return out;
  }
  return nullptr;
}

}  // namespace faasta::cli

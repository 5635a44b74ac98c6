#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faasta {

/// A header or trailer field as two views. The comment of a function that returns a field says how long its text is
/// valid.
struct FieldView {
  std::string_view name;
  std::string_view value;
};

/// A field that owns its text.
struct Field {
  std::string name;
  std::string value;
  operator FieldView() const { return {name, value}; }  // NOLINT(google-explicit-constructor): a view of itself
};

}  // namespace faasta

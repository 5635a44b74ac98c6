#pragma once

#include <memory>
#include <string_view>
#include <vector>

struct fe_field;

namespace faasta::engine {

/// The environment variables of calls, in the form that the engine reads. Names and values are not copied: they must
/// live longer than this object, and this object longer than the calls that use it.
class Environment {
 public:
  Environment();
  Environment(Environment&&) noexcept;
  Environment& operator=(Environment&&) noexcept;
  ~Environment();

  void add(std::string_view name, std::string_view value);
  [[nodiscard]] const fe_field* data() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  std::vector<fe_field> fields_;
};

}  // namespace faasta::engine

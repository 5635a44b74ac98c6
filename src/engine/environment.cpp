#include "engine/environment.hpp"

#include <engine.h>

namespace faasta::engine {
namespace {

fe_bytes view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

Environment::Environment() = default;
Environment::Environment(Environment&&) noexcept = default;
Environment& Environment::operator=(Environment&&) noexcept = default;
Environment::~Environment() = default;

void Environment::add(std::string_view name, std::string_view value) { fields_.push_back({view(name), view(value)}); }
const fe_field* Environment::data() const noexcept { return fields_.data(); }
std::size_t Environment::size() const noexcept { return fields_.size(); }

}  // namespace faasta::engine

// Reads the names that people choose: of a function, of a variable with its value, the scopes of a token, an origin. A
// function's name that is accepted must lead back to the function when it is in a host name.

#include <string>
#include <string_view>

#include "base/environment.hpp"
#include "base/function_name.hpp"
#include "base/origin.hpp"
#include "base/scopes.hpp"
#include "fuzz.hpp"
#include "gateway/address.hpp"

namespace {

using namespace faasta;

void check_function(std::string_view text) {
  const auto name = FunctionName::parse(text);
  if (!name) {
    FUZZ_CHECK(!name.error().detail.empty());
    return;
  }
  FUZZ_CHECK(name->str() == text && text.size() >= 3 && text.size() <= 40);
  for (const auto reserved : {ReservedNames::needed, ReservedNames::among_strangers})
    static_cast<void>(name->check_not_reserved(reserved));
  if (!name->check_not_reserved(ReservedNames::needed)) return;
  const auto address = gateway::address_of(name->str() + ".example.com:8443", "example.com");
  FUZZ_CHECK(address.kind == gateway::Address::Kind::function && address.name == text && !address.version);
  const auto version = gateway::address_of(name->str() + "--v7.example.com", "example.com");
  FUZZ_CHECK(version.kind == gateway::Address::Kind::function && version.name == text && version.version == 7U);
}

void check_scopes(std::string_view text) {
  const auto scopes = Scopes::parse(text);
  if (!scopes) {
    FUZZ_CHECK(!scopes.error().detail.empty());
    return;
  }
  const auto again = Scopes::parse(scopes->text());
  FUZZ_CHECK(again && again->text() == scopes->text());
  FUZZ_CHECK(scopes->cover(*again) && again->cover(*scopes) && Scopes::admin_scope().cover(*scopes));
  FUZZ_CHECK(scopes->admin() == scopes->cover(Scopes::admin_scope()));
}

void check_variable(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  const bool good = check_variable_name(name).has_value() && check_value(name, value).has_value();
  const auto both = check_variables({{std::string(name), std::string(value)}});
  FUZZ_CHECK(both.has_value() == good);
  if (!good) return;
  // The environment of a guest is a list of texts "NAME=VALUE" that end with NUL.
  FUZZ_CHECK(!name.contains('=') && !text.contains('\0'));
}

}  // namespace

void fuzz(std::string_view input) {
  check_function(input);
  check_scopes(input);
  check_variable(input);
  if (const auto origin = check_origin(input); !origin) FUZZ_CHECK(!origin.error().detail.empty());
}

#include "admin/operator.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "store/connections.hpp"

namespace faasta::admin {

Result<Operator> Operator::open(const std::filesystem::path& data, bool json) {
  const std::filesystem::path file = data / "faasta.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return fail_with_advice(Code::data_unusable, "there is no catalog in " + data.string(),
                            "Name the data folder with `--data DIR`, or the configuration with `--config FILE`");
  ASSIGN_OR_RETURN(auto connections, store::Connections::open_as_it_is(file));
  ASSIGN_OR_RETURN(auto catalog, store::Catalog::open(connections));
  ASSIGN_OR_RETURN(auto accounts, store::Accounts::open(connections));
  return Operator{data, std::move(catalog), std::move(accounts), store::AuditLog(connections), json};
}

void Operator::say(const json::object& object, std::string_view text) const {
  fmt::print("{}\n", json ? to_text(object) : printable_line(text));
}

}  // namespace faasta::admin

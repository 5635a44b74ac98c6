// What versions were built from.

#include "store/catalog.hpp"
#include "store/catalog_statements.hpp"

namespace faasta::store {

Result<> Catalog::Statements::record(std::int64_t function, std::int64_t number,
                                     const std::vector<PackageRecord>& packages) {
  for (const PackageRecord& package : packages) {
    w_insert_package->bind(1, package.name).bind(2, package.version).bind(3, package.source);
    if (auto done = w_insert_package->run(); !done) return done;
    w_insert_use->bind(1, function).bind(2, number);
    w_insert_use->bind(3, package.name).bind(4, package.version).bind(5, package.source);
    if (auto done = w_insert_use->run(); !done) return done;
  }
  return {};
}

Result<> Catalog::for_each_use(std::string_view name, const std::function<void(const PackageUse&)>& visit) {
  const std::scoped_lock lock(connections_->read_mutex);
  auto query = statements_->read.prepare(
      "SELECT f.name, o.login, u.number, u.number = f.active, p.name, p.version, p.source FROM package p "
      "JOIN version_package u ON u.package = p.id JOIN function f ON f.id = u.function JOIN owner o ON o.id = f.owner "
      "WHERE p.folded_name = replace(lower(?1), '_', '-') ORDER BY f.name, u.number, p.version");
  if (!query) return std::unexpected(query.error());
  query->bind(1, name);
  return each_row(*query, [&](const Statement& row) {
    visit({row.text(0),
           row.text(1),
           static_cast<std::uint32_t>(row.integer(2)),
           row.integer(3) != 0,
           {row.text(4), row.text(5), row.text(6)}});
  });
}

}  // namespace faasta::store

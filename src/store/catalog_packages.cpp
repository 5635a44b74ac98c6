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
  for (;;) {
    const auto more = query->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    visit({query->text(0),
           query->text(1),
           static_cast<std::uint32_t>(query->integer(2)),
           query->integer(3) != 0,
           {query->text(4), query->text(5), query->text(6)}});
  }
}

}  // namespace faasta::store

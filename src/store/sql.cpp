#include "store/sql.hpp"

namespace faasta::store {

Result<> Statement::run() {
  const ResetAtEnd reset(*this);
  RETURN_IF_ERROR(step());
  return {};
}

Result<Statement*> Database::prepared(const char* sql) {
  auto& kept = prepared_[sql];
  if (!kept) {
    ASSIGN_OR_RETURN(kept, prepare(sql));
  }
  return kept.get();
}

Result<Transaction> Transaction::begin(Database& database) {
  RETURN_IF_ERROR(database.begin_to_write());
  return Transaction(database);
}

Transaction::~Transaction() {
  // ROLLBACK fails only if the database has already rolled back the transaction.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<> Transaction::commit() {
  RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace faasta::store

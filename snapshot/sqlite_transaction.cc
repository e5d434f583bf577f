#include "snapshot/sqlite_transaction.h"

#include <sqlite3.h>

#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

Error BadSql(const std::string& what) { return Error(Errc::kInvalidArgument, what); }

void CheckLength(std::string_view text, const char* what) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw BadSql(std::string(what) + " is longer than SQLite can take");
  }
}

SqlValue ColumnValue(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return nullptr;
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text != nullptr ? text : "",
                         static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return bytes == nullptr ? std::string()
                              : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

}  // namespace

void SqliteTransaction::RequireAlive() const {
  if (!ended_) return;
  if (loss_) throw *loss_;
  throw Error(Errc::kInvalidState, path_ +
                                       ": the body ended the transaction that it was given, and all of it is undone; "
                                       "leave commit and rollback to Transact (throw to roll back)");
}

void SqliteTransaction::Refuse(int code) {
  const std::string what = std::string("SQLite says '") + sqlite3_errmsg(handle_) + "' (" +
                           std::to_string(sqlite3_extended_errcode(handle_)) + ")";
  const bool asked_to_commit = sqlite3_extended_errcode(handle_) == SQLITE_CONSTRAINT_COMMITHOOK;
  const bool is_bad_sql = code == SQLITE_ERROR || code == SQLITE_MISMATCH || code == SQLITE_RANGE ||
                          code == SQLITE_TOOBIG || code == SQLITE_MISUSE;
  const Error error = is_bad_sql ? BadSql(what) : UnwritableState(path_, what);
  if (ended_ && !asked_to_commit) loss_ = error;
  RequireAlive();
  throw error;
}

void SqliteTransaction::Bind(sqlite3_stmt* statement, std::initializer_list<SqlValue> parameters) const {
  const int wanted = sqlite3_bind_parameter_count(statement);
  if (static_cast<std::size_t>(wanted) != parameters.size()) {
    throw BadSql("the statement has " + std::to_string(wanted) + " parameters, " + std::to_string(parameters.size()) +
                 " were given");
  }
  int index = 0;
  for (const SqlValue& parameter : parameters) {
    ++index;
    const int code = std::visit(
        [&](const auto& value) {
          using Value = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::nullptr_t>) {
            return sqlite3_bind_null(statement, index);
          } else if constexpr (std::is_same_v<Value, std::int64_t>) {
            return sqlite3_bind_int64(statement, index, value);
          } else if constexpr (std::is_same_v<Value, double>) {
            return sqlite3_bind_double(statement, index, value);
          } else {
            CheckLength(value, "a parameter");
            // The parameters outlive the statement.
            return sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
          }
        },
        parameter);
    if (code != SQLITE_OK)
      throw BadSql(std::string("parameter ") + std::to_string(index) + ": " + sqlite3_errstr(code));
  }
}

void SqliteTransaction::Run(std::string_view sql, std::initializer_list<SqlValue> parameters,
                            const std::function<void(sqlite3_stmt*)>& on_row) {
  RequireAlive();
  CheckLength(sql, "the SQL text");
  const auto prepare = [this](std::string_view text, const char** rest) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(handle_, text.data(), static_cast<int>(text.size()), &raw, rest);
    if (code != SQLITE_OK) Refuse(code);
    return StatementHandle(raw);
  };
  const char* rest = nullptr;
  const StatementHandle statement = prepare(sql, &rest);
  if (!statement) throw BadSql("the SQL text holds no statement");
  // What follows must be space and comments: SQLite would leave a second statement out without a word.
  if (prepare(sql.substr(static_cast<std::size_t>(rest - sql.data())), nullptr)) {
    throw BadSql("the SQL text holds more than one statement; pass them one by one");
  }
  Bind(statement.get(), parameters);
  for (;;) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) Refuse(code);
    on_row(statement.get());
  }
  RequireAlive();
}

void SqliteTransaction::Execute(std::string_view sql, std::initializer_list<SqlValue> parameters) {
  Run(sql, parameters, [](sqlite3_stmt*) {});
}

std::vector<std::vector<SqlValue>> SqliteTransaction::Query(std::string_view sql,
                                                            std::initializer_list<SqlValue> parameters) {
  std::vector<std::vector<SqlValue>> rows;
  Run(sql, parameters, [&](sqlite3_stmt* statement) {
    std::vector<SqlValue>& row = rows.emplace_back();
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      row.push_back(ColumnValue(statement, column));
    }
  });
  return rows;
}

}  // namespace gapless::internal

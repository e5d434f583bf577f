#include "bench/bare_sqlite.h"

#include <sqlite3.h>

#include <stdexcept>

namespace gapless::bench {
namespace {

void Check(int result, sqlite3* database) {
  if (result != SQLITE_OK && result != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database));
}

}  // namespace

BareSqlite::BareSqlite(const std::string& path) {
  Check(sqlite3_open(path.c_str(), &database_), database_);
  Run("PRAGMA journal_mode=WAL");
  Run("PRAGMA synchronous=FULL");
  Run("CREATE TABLE produced (channel TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID");
  Check(sqlite3_prepare_v2(database_,
                           "INSERT INTO produced VALUES (?1, ?2) ON CONFLICT (channel) DO UPDATE SET last = ?2", -1,
                           &upsert_, nullptr),
        database_);
}

BareSqlite::~BareSqlite() {
  sqlite3_finalize(upsert_);
  sqlite3_close(database_);
}

void BareSqlite::Run(const char* sql) { Check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), database_); }

void BareSqlite::Put(const std::string& channel, std::int64_t last) {
  sqlite3_bind_text(upsert_, 1, channel.data(), static_cast<int>(channel.size()), SQLITE_STATIC);
  sqlite3_bind_int64(upsert_, 2, last);
  Check(sqlite3_step(upsert_), database_);
  Check(sqlite3_reset(upsert_), database_);
}

}  // namespace gapless::bench

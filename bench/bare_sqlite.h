#ifndef GAPLESS_BENCH_BARE_SQLITE_H_
#define GAPLESS_BENCH_BARE_SQLITE_H_

#include <cstdint>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace gapless::bench {

/// The peer of everything durable: one table, WAL, synchronous=FULL, one prepared upsert per commit.
class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path);
  ~BareSqlite();
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;

  void Run(const char* sql);
  /// One row, its own commit unless a transaction is open.
  void Put(const std::string& channel, std::int64_t last);

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* upsert_ = nullptr;
};

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_BARE_SQLITE_H_

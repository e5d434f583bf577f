#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_SQLITE_FIXTURE_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_SQLITE_FIXTURE_H_

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {

/// Somebody else's connection to the database.
class OtherConnection {
 public:
  explicit OtherConnection(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
  }
  ~OtherConnection() { sqlite3_close(handle_); }
  OtherConnection(const OtherConnection&) = delete;
  OtherConnection& operator=(const OtherConnection&) = delete;

  /// The result code of running `sql`.
  int Try(const std::string& sql) { return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); }
  void Run(const std::string& sql) {
    if (Try(sql) != SQLITE_OK) throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
  }
  /// The first column of the first row, as text; empty if there is none.
  std::string Ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
    std::string answer;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr) {
      answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return answer;
  }

 private:
  sqlite3* handle_ = nullptr;
};

struct SqliteFixture {
  TempDirectory directory;
  const std::string path = directory / "state.db";

  std::shared_ptr<SqliteSnapshotter> Open(const std::string& prefix = "gapless_") {
    return SqliteSnapshotter::Open(path, {prefix, std::chrono::milliseconds{20}});
  }
  /// Opens, loads and makes the first `count` sample saves.
  std::shared_ptr<SqliteSnapshotter> OpenWithSaves(int count) {
    auto snapshotter = Open();
    snapshotter->Load(kProducer);
    for (int number = 1; number <= count; ++number) snapshotter->Save(SampleSave(number));
    return snapshotter;
  }
  State Reopen() { return Open()->Load(kProducer); }
  /// What a process that died now would leave.
  void CopyState(const std::string& to) {
    for (const char* suffix : {"", "-wal"}) {
      if (FileExists(path + suffix)) WriteFile(to + suffix, ReadFile(path + suffix));
    }
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_SQLITE_FIXTURE_H_

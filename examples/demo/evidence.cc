#include "examples/demo/evidence.h"

#include <sqlite3.h>

#include <fstream>
#include <memory>
#include <stdexcept>

#include "examples/demo/gap_file.h"
#include "examples/demo/history_file.h"
#include "examples/demo/line_splitter.h"

namespace demo {
namespace {

/// The sequences of the subscriber's rows, in the order of writing, straight from SQLite.
std::vector<std::int64_t> ReadReceived(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, &sqlite3_close);
  const auto check = [&](bool fine) {
    if (!fine) throw std::runtime_error("reading " + path + ": " + sqlite3_errmsg(database.get()));
  };
  check(code == SQLITE_OK);
  sqlite3_stmt* prepared = nullptr;
  check(sqlite3_prepare_v2(database.get(), "SELECT sequence FROM received ORDER BY place", -1, &prepared, nullptr) ==
        SQLITE_OK);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared, &sqlite3_finalize);
  std::vector<std::int64_t> sequences;
  int step = sqlite3_step(prepared);
  for (; step == SQLITE_ROW; step = sqlite3_step(prepared)) sequences.push_back(sqlite3_column_int64(prepared, 0));
  check(step == SQLITE_DONE);
  return sequences;
}

}  // namespace

std::optional<std::uint64_t> FirstDifference(const std::string& path, const std::string& other) {
  std::ifstream left(path, std::ios::binary), right(other, std::ios::binary);
  if (!left) throw std::runtime_error("cannot read " + path);
  if (!right) throw std::runtime_error("cannot read " + other);
  for (std::uint64_t offset = 0;; ++offset) {
    const int a = left.get();
    const int b = right.get();
    if (left.bad() || right.bad()) throw std::runtime_error("comparing " + path + " and " + other + " failed");
    if (a != b) return offset;
    if (a == std::char_traits<char>::eof()) return std::nullopt;
  }
}

Evidence GatherEvidence(const RunFiles& files) {
  Evidence evidence;
  evidence.expected = CountParts(files.input());
  evidence.hub = ReadHistory(files.history());
  evidence.received = ReadReceived(files.subscriber_state());
  ReadGaps(files.gaps(), evidence);
  evidence.first_difference = FirstDifference(files.input(), files.received());
  return evidence;
}

}  // namespace demo

#include "examples/demo/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <variant>
#include <vector>

namespace demo {
namespace {

using Row = std::vector<gapless::SqlValue>;

std::int64_t Integer(const gapless::SqlValue& value) { return std::get<std::int64_t>(value); }

[[noreturn]] void Throw(const std::string& what) { throw std::system_error(errno, std::system_category(), what); }

/// Where the file ends as far as the rows know.
std::int64_t CommittedEnd(gapless::Transaction& transaction) {
  const auto rows = transaction.Query("SELECT file_end FROM received ORDER BY place DESC LIMIT 1");
  return rows.empty() ? 0 : Integer(rows[0][0]);
}

}  // namespace

Recorder::Recorder(const std::string& path)
    : path_(path), file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (file_ < 0) Throw("opening " + path);
}

Recorder::~Recorder() { close(file_); }

std::int64_t Recorder::Restore(gapless::Transaction& transaction) {
  transaction.Execute(
      "CREATE TABLE IF NOT EXISTS received (place INTEGER PRIMARY KEY, sequence INTEGER NOT NULL,"
      " aspect TEXT NOT NULL, bytes BLOB NOT NULL, file_end INTEGER NOT NULL)");
  const std::int64_t committed = CommittedEnd(transaction);
  struct stat status {};
  if (fstat(file_, &status) != 0) Throw("looking at " + path_);
  if (status.st_size < committed) WriteAgain(transaction);
  if (ftruncate(file_, committed) != 0) Throw("cutting " + path_);
  return Integer(transaction.Query("SELECT coalesce(max(sequence), 0) FROM received")[0][0]);
}

void Recorder::WriteAgain(gapless::Transaction& transaction) {
  std::int64_t offset = 0;
  for (std::int64_t place = 0;;) {
    const auto rows =
        transaction.Query("SELECT place, bytes FROM received WHERE place > ? ORDER BY place LIMIT 100", {place});
    if (rows.empty()) return;
    for (const Row& row : rows) {
      place = Integer(row[0]);
      const auto& bytes = std::get<std::string>(row[1]);
      WriteAt(offset, bytes);
      offset += static_cast<std::int64_t>(bytes.size());
    }
  }
}

void Recorder::Write(gapless::Transaction& transaction, std::int64_t sequence, const std::string& aspect,
                     const std::string& bytes) {
  const std::int64_t end = CommittedEnd(transaction);
  WriteAt(end, bytes);
  transaction.Execute("INSERT INTO received (sequence, aspect, bytes, file_end) VALUES (?, ?, CAST(? AS BLOB), ?)",
                      {sequence, aspect, bytes, end + static_cast<std::int64_t>(bytes.size())});
}

void Recorder::WriteAt(std::int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) Throw("writing " + path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
}

void Recorder::WriteSabotaged(gapless::Transaction& transaction, std::int64_t sequence, const std::string& aspect,
                              const std::string& bytes, Sabotage sabotage, std::int64_t total) {
  const std::int64_t victim = std::max<std::int64_t>(1, total / 2);
  if (sabotage == Sabotage::kReorder && sequence == victim + 1) {
    const Row last = transaction.Query("SELECT place, aspect, bytes FROM received ORDER BY place DESC LIMIT 1")[0];
    transaction.Execute("DELETE FROM received WHERE place = ?", {last[0]});
    Write(transaction, sequence, aspect, bytes);
    Write(transaction, victim, std::get<std::string>(last[1]), std::get<std::string>(last[2]));
    return;
  }
  if (sabotage == Sabotage::kDrop && sequence == victim) return;
  if (sabotage == Sabotage::kCorrupt && sequence == victim) {
    Write(transaction, sequence, aspect, std::string(bytes.size(), '?'));
    return;
  }
  Write(transaction, sequence, aspect, bytes);
  if (sabotage == Sabotage::kDuplicate && sequence == victim) Write(transaction, sequence, aspect, bytes);
}

}  // namespace demo

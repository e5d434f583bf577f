#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_WATCHED_VFS_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_WATCHED_VFS_H_

#include <cstdint>

namespace gapless::test {

/// What happens at the operation of SQLite's that is to fail.
struct VfsFault {
  /// SQLite's result code. A sync that fails says SQLITE_IOERR_FSYNC whatever is asked for, as SQLite's own file layers
  /// do, also when the disk is full.
  int code = 0;
  /// The operation is done all the same.
  bool done = false;
  /// All later ones fail too.
  bool for_good = false;
};

/// While it lives, every database that is opened goes through it: it counts writes and syncs, knows whether the
/// write-ahead log has bytes that were not synced, and can make the n-th write, cut or sync fail.
///
/// One at a time. Counters may be read while other threads save; faults are set while none does.
class WatchedVfs {
 public:
  /// Without `real_syncs` the disk is left out of it, which is faster.
  explicit WatchedVfs(bool real_syncs = false);
  ~WatchedVfs();
  WatchedVfs(const WatchedVfs&) = delete;
  WatchedVfs& operator=(const WatchedVfs&) = delete;

  /// The `nth` operation from now (1 is the next) fails.
  void FailAt(std::int64_t nth, const VfsFault& fault);
  void Heal();
  bool HasFailed() const;

  /// Of the write-ahead log.
  std::int64_t log_syncs() const;
  std::int64_t log_bytes() const;
  bool log_is_synced() const;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_WATCHED_VFS_H_

#include "tests/unit/snapshot/watched_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <new>
#include <stdexcept>

namespace gapless::test {
namespace {

struct Watch {
  std::atomic<std::int64_t> operations{0};
  std::atomic<std::int64_t> fail_at{0};
  VfsFault fault;
  std::atomic<std::int64_t> log_syncs{0};
  std::atomic<std::int64_t> log_bytes{0};
  std::atomic<bool> log_is_synced{true};
  bool real_syncs = false;
};

Watch watch;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs watched;

/// SQLite's file object: ours in front, the real one behind it.
struct File {
  sqlite3_file base;
  bool is_log;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

template <typename Call>
int Counted(int code, Call call) {
  const std::int64_t operation = ++watch.operations;
  const std::int64_t fail_at = watch.fail_at;
  const bool fails = fail_at != 0 && (operation == fail_at || (operation > fail_at && watch.fault.for_good));
  if (!fails) return call();
  if (watch.fault.done && operation == fail_at) call();
  return code;
}

int Close(sqlite3_file* file) { return Of(file)->real()->pMethods->xClose(Of(file)->real()); }
int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return Of(file)->real()->pMethods->xRead(Of(file)->real(), to, size, at);
}
int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  return Counted(watch.fault.code, [&] {
    if (Of(file)->is_log) {
      watch.log_bytes += size;
      watch.log_is_synced = false;
    }
    return Of(file)->real()->pMethods->xWrite(Of(file)->real(), from, size, at);
  });
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return Counted(watch.fault.code, [&] { return Of(file)->real()->pMethods->xTruncate(Of(file)->real(), size); });
}
int Sync(sqlite3_file* file, int flags) {
  return Counted(SQLITE_IOERR_FSYNC, [&] {
    if (Of(file)->is_log) {
      ++watch.log_syncs;
      watch.log_is_synced = true;
    }
    return watch.real_syncs ? Of(file)->real()->pMethods->xSync(Of(file)->real(), flags) : SQLITE_OK;
  });
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Of(file)->real()->pMethods->xFileSize(Of(file)->real(), size);
}
int Lock(sqlite3_file* file, int lock) { return Of(file)->real()->pMethods->xLock(Of(file)->real(), lock); }
int Unlock(sqlite3_file* file, int lock) { return Of(file)->real()->pMethods->xUnlock(Of(file)->real(), lock); }
int CheckReservedLock(sqlite3_file* file, int* result) {
  return Of(file)->real()->pMethods->xCheckReservedLock(Of(file)->real(), result);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Of(file)->real()->pMethods->xFileControl(Of(file)->real(), operation, argument);
}
int SectorSize(sqlite3_file* file) { return Of(file)->real()->pMethods->xSectorSize(Of(file)->real()); }
int Characteristics(sqlite3_file* file) { return Of(file)->real()->pMethods->xDeviceCharacteristics(Of(file)->real()); }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** map) {
  return Of(file)->real()->pMethods->xShmMap(Of(file)->real(), page, size, extend, map);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Of(file)->real()->pMethods->xShmLock(Of(file)->real(), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) { Of(file)->real()->pMethods->xShmBarrier(Of(file)->real()); }
int ShmUnmap(sqlite3_file* file, int remove) { return Of(file)->real()->pMethods->xShmUnmap(Of(file)->real(), remove); }

const sqlite3_io_methods kMethods = {2,
                                     Close,
                                     Read,
                                     Write,
                                     Truncate,
                                     Sync,
                                     FileSize,
                                     Lock,
                                     Unlock,
                                     CheckReservedLock,
                                     FileControl,
                                     SectorSize,
                                     Characteristics,
                                     ShmMap,
                                     ShmLock,
                                     ShmBarrier,
                                     ShmUnmap,
                                     nullptr,
                                     nullptr};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  File* ours = new (file) File{{nullptr}, (flags & SQLITE_OPEN_WAL) != 0};
  const int code = real_vfs->xOpen(real_vfs, name, ours->real(), flags, out_flags);
  if (ours->real()->pMethods != nullptr) ours->base.pMethods = &kMethods;
  return code;
}

}  // namespace

WatchedVfs::WatchedVfs(bool real_syncs) {
  if (real_vfs != nullptr) throw std::logic_error("one WatchedVfs at a time");
  real_vfs = sqlite3_vfs_find(nullptr);
  watched = *real_vfs;
  watched.zName = "gapless-watched";
  watched.pNext = nullptr;
  watched.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  watched.xOpen = Open;
  Heal();
  watch.real_syncs = real_syncs;
  watch.operations = 0;
  watch.log_syncs = 0;
  watch.log_bytes = 0;
  watch.log_is_synced = true;
  sqlite3_vfs_register(&watched, 1);
}

WatchedVfs::~WatchedVfs() {
  sqlite3_vfs_unregister(&watched);
  sqlite3_vfs_register(real_vfs, 1);
  real_vfs = nullptr;
}

void WatchedVfs::FailAt(std::int64_t nth, const VfsFault& fault) {
  watch.fault = fault;
  watch.fail_at = watch.operations + nth;
}

void WatchedVfs::Heal() { watch.fail_at = 0; }

bool WatchedVfs::HasFailed() const { return watch.fail_at != 0 && watch.operations >= watch.fail_at; }

std::int64_t WatchedVfs::log_syncs() const { return watch.log_syncs; }
std::int64_t WatchedVfs::log_bytes() const { return watch.log_bytes; }
bool WatchedVfs::log_is_synced() const { return watch.log_is_synced; }

}  // namespace gapless::test

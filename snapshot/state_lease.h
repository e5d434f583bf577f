#ifndef GAPLESS_SNAPSHOT_STATE_LEASE_H_
#define GAPLESS_SNAPSHOT_STATE_LEASE_H_

#include <memory>
#include <string>

#include "gapless/file_io.h"

namespace gapless::internal {

/// The right to be the one client of a database's tables, for as long as it lives: a lock on a file beside the
/// database, which the system frees when the process dies. The file also remembers that there was state, so that an
/// emptied database is not taken for a fresh one.
class StateLease {
 public:
  /// Throws `Error`: kStateLocked, kStateNotWritable.
  explicit StateLease(std::string path);

  const std::string& path() const { return path_; }
  /// Whether `Remember` was ever called and `Forget` not since.
  bool Remembers() const { return remembers_; }
  /// Throws `Error(kStateNotWritable)`; so does `Forget`.
  void Remember();
  void Forget();

 private:
  void Write(const std::string& text);

  const std::string path_;
  const std::shared_ptr<FileIo> io_;
  std::unique_ptr<FileLock> lock_;
  bool remembers_ = false;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_LEASE_H_

#ifndef GAPLESS_FILE_IO_H_
#define GAPLESS_FILE_IO_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gapless {

/// An open file that is only ever appended to.
class AppendFile {
 public:
  /// Closes; releases nothing else and reports nothing.
  virtual ~AppendFile() = default;
  /// Writes all of `bytes` at the end, or throws; then any part of them may be there.
  virtual void Append(std::string_view bytes) = 0;
  /// Makes everything appended so far durable, or throws; then any part of it may be.
  virtual void Sync() = 0;
};

/// Held for as long as it lives; freed by the system when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// The file operations that `FileSnapshotter` needs, so that tests can make the n-th of them fail.
///
/// Every member throws `std::system_error` with the system's code when it fails. Paths are UTF-8.
class FileIo {
 public:
  virtual ~FileIo() = default;
  /// The whole file, or nothing if there is none. A file of more than 4 GiB, or one that is not regular, fails.
  virtual std::optional<std::string> Read(const std::string& path) = 0;
  /// Creates `path` (mode 0600) or, if it exists, cuts it to `keep` bytes, and opens it for appending.
  virtual std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) = 0;
  /// Renames over `to`. Durable only after `SyncDirectory`.
  virtual void Rename(const std::string& from, const std::string& to) = 0;
  /// Removes `path`; none there is no error.
  virtual void Remove(const std::string& path) = 0;
  /// Makes creations, renames and removals in the directory of `path` durable.
  virtual void SyncDirectory(const std::string& path) = 0;
  /// Takes an exclusive lock on `path`, creating it; null if another process or client holds it.
  virtual std::unique_ptr<FileLock> Lock(const std::string& path) = 0;
};

/// The system's files: POSIX calls, retried on EINTR, checked for short writes.
std::shared_ptr<FileIo> SystemFileIo();

}  // namespace gapless

#endif  // GAPLESS_FILE_IO_H_

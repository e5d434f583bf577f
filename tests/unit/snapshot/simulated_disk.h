#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/file_io.h"

namespace gapless::test {

/// What happens at an operation that fails.
enum class FaultKind {
  kRefused,  ///< Nothing, and it throws.
  kHalf,     ///< Half of what was to be appended is; other operations are refused.
  kDone,     ///< All of it, and it throws all the same.
};

/// A disk in memory that remembers what was synced and what was not, and whose n-th operation can be made to fail.
///
/// Not thread-safe.
class SimulatedDisk final : public FileIo, public std::enable_shared_from_this<SimulatedDisk> {
 public:
  std::optional<std::string> Read(const std::string& path) override;
  std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) override;
  void Rename(const std::string& from, const std::string& to) override;
  void Remove(const std::string& path) override;
  void SyncDirectory(const std::string& path) override;
  std::unique_ptr<FileLock> Lock(const std::string& path) override;

  /// The `nth` operation from now (1 is the next) fails; with `for_good` all after it are refused too.
  void FailAt(int nth, FaultKind kind, bool for_good);
  void Heal() { fail_at_ = 0; }
  /// Whether the fault that was asked for has happened.
  bool HasFailed() const { return fail_at_ != 0 && operations_ >= fail_at_; }

  /// Operations so far.
  int operations() const { return operations_; }
  int syncs() const { return syncs_; }
  std::size_t appended_bytes() const { return appended_bytes_; }

  /// What a power cut now may leave: everything that was synced, and of the rest, file by file and name by name,
  /// whatever `random` chooses: nothing, all, a part, sectors of zeros.
  std::shared_ptr<SimulatedDisk> AfterPowerCut(std::mt19937_64& random) const;
  /// The harshest and the kindest of those.
  std::shared_ptr<SimulatedDisk> OnlySynced() const;
  std::shared_ptr<SimulatedDisk> AsItIs() const;

  /// Direct access for tests, not an operation. The content may be changed through it.
  std::string& Content(const std::string& path);
  bool Has(const std::string& path) const { return names_.count(path) != 0; }
  void Erase(const std::string& path) { names_.erase(path); }
  void Put(const std::string& path, const std::string& bytes);

 private:
  /// One file. An append costs what it appends, as on a real disk, so that a test can save many thousand times.
  struct File {
    std::string now;
    std::string synced;
    /// Contents since the last sync that `now` no longer begins with.
    std::vector<std::string> cut_since_sync;
    /// Lengths of `now` since the last sync, each of which may have reached the disk.
    std::vector<std::size_t> lengths_since_sync;
    /// How far `now` and `synced` surely agree.
    std::size_t agreed = 0;

    void Append(std::string_view bytes);
    void Truncate(std::size_t keep);
    void Sync();
    std::size_t VersionsSinceSync() const { return cut_since_sync.size() + lengths_since_sync.size(); }
    std::string VersionSinceSync(std::size_t index) const;
  };
  using Names = std::map<std::string, std::shared_ptr<File>>;
  class OpenFile;
  class HeldLock;

  /// Counts an operation. Throws if it is to be refused; else whether it is to fail after `Done` or `Half`.
  std::optional<FaultKind> Begin();
  static void End(const std::optional<FaultKind>& fault);
  std::shared_ptr<SimulatedDisk> Copy(const Names& names, const std::function<std::string(const File&)>& content) const;

  Names names_;
  Names synced_names_;
  std::set<std::string> locked_;
  int operations_ = 0;
  int syncs_ = 0;
  std::size_t appended_bytes_ = 0;
  int fail_at_ = 0;
  FaultKind fail_kind_ = FaultKind::kRefused;
  bool fails_for_good_ = false;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_

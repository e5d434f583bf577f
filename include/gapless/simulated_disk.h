#ifndef GAPLESS_SIMULATED_DISK_H_
#define GAPLESS_SIMULATED_DISK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gapless/file_io.h"

namespace gapless {

/// What happens at an operation of a `SimulatedDisk` that fails.
enum class DiskFault : std::uint8_t {
  kRefused,  ///< Nothing, and it throws: the disk is full.
  kHalf,     ///< Half of what was to be appended is; other operations are refused.
  kDone,     ///< All of it, and it throws all the same.
};

/// A disk in memory, in target gapless::hub, that remembers what was synced and what was not, and any of whose
/// operations can be made to fail. Hand it to a `FileSnapshotter` as its `FileIo`.
///
/// Not thread-safe.
class SimulatedDisk final : public FileIo {
 public:
  SimulatedDisk();
  ~SimulatedDisk() override;

  std::optional<std::string> Read(const std::string& path) override;
  std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) override;
  void Rename(const std::string& from, const std::string& to) override;
  void Remove(const std::string& path) override;
  void SyncDirectory(const std::string& path) override;
  /// Held until the lock goes, or for ever by a process that died: go on with a copy, whose locks are free.
  std::unique_ptr<FileLock> Lock(const std::string& path) override;

  /// The `nth` operation from now (1 is the next) fails; with `for_good` all after it are refused too.
  void FailAt(int nth, DiskFault fault, bool for_good);
  /// Forgets what `FailAt` asked for.
  void Heal();
  /// Whether the fault that was asked for has happened.
  bool HasFailed() const;
  /// Asked before every operation, with its name ("append", "sync", …), whether and how it fails. Null: never.
  void OnOperation(std::function<std::optional<DiskFault>(std::string_view operation)> decide);

  /// Operations so far.
  int operations() const;
  int syncs() const;
  std::size_t appended_bytes() const;
  /// What all files hold together now.
  std::size_t bytes() const;

  /// What a power cut now may leave: everything that was synced, and of the rest, file by file and name by name,
  /// what the generator seeded with `choice` picks: nothing, all, a part, sectors of zeros.
  std::shared_ptr<SimulatedDisk> AfterPowerCut(std::uint64_t choice) const;
  /// The harshest and the kindest of those. The kindest is also what a killed process leaves.
  std::shared_ptr<SimulatedDisk> OnlySynced() const;
  std::shared_ptr<SimulatedDisk> AsItIs() const;

  // Direct access for tests, no operations.

  /// The content, which may be changed through it. Throws `std::logic_error` if there is no such file.
  std::string& Content(const std::string& path);
  bool Has(const std::string& path) const;
  void Erase(const std::string& path);
  void Put(const std::string& path, const std::string& bytes);

 private:
  struct Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_SIMULATED_DISK_H_

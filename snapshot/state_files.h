#ifndef GAPLESS_SNAPSHOT_STATE_FILES_H_
#define GAPLESS_SNAPSHOT_STATE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gapless/file_io.h"
#include "snapshot/journal.h"
#include "snapshot/state_file.h"
#include "snapshot/state_table.h"

namespace gapless::internal {

/// The files of one `FileSnapshotter`, and the order of operations that keeps them whole.
///
///   PATH             the state file, which names a generation. Replacing it is what makes a generation count.
///   PATH.journal-0   the journals of the even
///   PATH.journal-1   and of the odd generation; each begins before its generation counts
///   PATH.previous    the state file of the generation before, whose journal is still there too
///   PATH.new         one that is being written
///   PATH.lock        what `FileSnapshotter` locks
///
/// Not thread-safe. Throws `Error(kStateNotWritable)` while nothing has changed, `Error(kStateFailed)` after that; then
/// nothing but reading is allowed any more.
class StateFiles {
 public:
  StateFiles(std::string path, std::shared_ptr<FileIo> io, RandomBits random = SystemRandomBits)
      : path_(std::move(path)), io_(std::move(io)), random_(std::move(random)) {}

  struct Stored {
    /// Nothing: a fresh start, or a plain file of Parsec's.
    std::optional<StateHeader> header;
    StateTable table;
  };
  /// Throws `Error(kStateCorrupt)` or `Error(kStateForeign)` too.
  Stored Read() const;
  /// Of the journal that goes on from `generation`.
  std::string JournalPath(std::int64_t generation) const;

  /// Writes `table` as generation `header.generation`, the one after the last, with an empty journal to go on from.
  void Begin(const StateHeader& header, const StateTable& table);
  /// Makes `saves` durable. `Begin` was called before.
  void Append(const std::vector<const Changes*>& saves);

  /// Whether anything was appended since `Begin`.
  bool HasAppended() const { return next_index_ > 1; }
  std::size_t journal_bytes() const { return journal_bytes_; }
  /// Size of state file and journal when the generation began.
  std::size_t base_bytes() const { return base_bytes_; }

 private:
  std::string PreviousPath() const { return path_ + ".previous"; }
  void RequireNoOtherFiles(const std::optional<std::string>& state_file) const;
  void WriteAside(const std::string& bytes);
  void KeepPrevious();

  const std::string path_;
  const std::shared_ptr<FileIo> io_;
  const RandomBits random_;
  std::unique_ptr<AppendFile> journal_;
  std::string journal_path_;
  std::uint64_t salt_ = 0;
  std::uint64_t next_index_ = 0;
  std::size_t journal_bytes_ = 0;
  std::size_t base_bytes_ = 0;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_FILES_H_

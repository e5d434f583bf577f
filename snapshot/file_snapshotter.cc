#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "envelope/quoted.h"
#include "gapless/snapshotter.h"
#include "snapshot/change_rules.h"
#include "snapshot/commit_queue.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_files.h"
#include "snapshot/state_path.h"

namespace gapless {

using internal::CommitQueue;
using internal::StateFiles;

struct FileSnapshotter::Impl {
  Impl(std::string path_given, FileOptions options, std::unique_ptr<FileLock> lock_given)
      : path(std::move(path_given)),
        min_journal_bytes(options.journal_bytes),
        lock(std::move(lock_given)),
        random(options.random ? std::move(options.random) : internal::SystemRandomBits),
        files(path, std::move(options.io), random) {}

  State Load(const std::string& producer_id);
  void Commit(const CommitQueue::Group& group);
  void RequireUsable() const;
  void FoldJournal();
  void SetFoldAt() { fold_at = std::max(min_journal_bytes, 2 * files.base_bytes()); }

  const std::string path;
  const std::size_t min_journal_bytes;
  const std::unique_ptr<FileLock> lock;
  const internal::RandomBits random;
  StateFiles files;
  internal::StateHeader header;
  internal::StateTable table;
  std::size_t fold_at = 0;
  bool loaded = false;
  /// Why nothing is saved any more, or empty.
  std::string failure;
  /// Everything above but `lock` belongs to whoever has the turn here.
  CommitQueue queue{[this](const CommitQueue::Group& group) { Commit(group); }};
};

void FileSnapshotter::Impl::RequireUsable() const {
  if (!failure.empty()) throw internal::FailedState(path, failure);
}

State FileSnapshotter::Impl::Load(const std::string& producer_id) {
  RequireUsable();
  if (loaded)
    throw Error(Errc::kInvalidState, path + ": this state was loaded already; one snapshotter serves one client");
  StateFiles::Stored stored = files.Read();
  internal::StateHeader next;
  if (stored.header) {
    next = *stored.header;
    if (next.producer_id != producer_id) {
      throw internal::ForeignState(path, "this is the state of producer " + internal::QuotedExcerpt(next.producer_id) +
                                             ", not of " + internal::QuotedExcerpt(producer_id));
    }
  } else {
    next.producer_id = producer_id;
    next.instance_id = internal::NewInstanceId(random);
  }
  ++next.boot_count;
  ++next.generation;
  State state;
  state.produced = stored.table.produced();
  state.reserved = stored.table.reserved();
  state.consumers = stored.table.consumers();
  state.ledger = stored.table.Ledger();
  state.quarantine = stored.table.Quarantine();
  state.outbox = stored.table.Outbox();
  state.instance_id = next.instance_id;
  state.boot_count = next.boot_count;
  try {
    files.Begin(next, stored.table);
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) failure = "an earlier attempt to load it failed half-way";
    throw;
  }
  header = std::move(next);
  table = std::move(stored.table);
  SetFoldAt();
  loaded = true;
  return state;
}

void FileSnapshotter::Impl::Commit(const CommitQueue::Group& group) {
  RequireUsable();
  if (!loaded) throw Error(Errc::kInvalidState, path + ": Load comes before the first Save");
  std::string reason = "an earlier save failed";
  try {
    files.Append(group);
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) failure = std::move(reason);
    throw;
  }
  // Stays if memory runs out half-way: a generation written from a table that lacks saves would lose them.
  failure = std::move(reason);
  for (const Changes* changes : group) table.Apply(*changes);
  failure.clear();
  if (files.journal_bytes() > fold_at) FoldJournal();
}

// The saves that led here are durable already, so a failure is none of theirs.
void FileSnapshotter::Impl::FoldJournal() {
  internal::StateHeader next = header;
  ++next.generation;
  try {
    files.Begin(next, table);
    header = std::move(next);
    SetFoldAt();
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) failure = error.what();
    // Otherwise the journal goes on as it is; when it has doubled, this is tried again.
    fold_at = 2 * files.journal_bytes();
  }
}

FileSnapshotter::FileSnapshotter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

FileSnapshotter::~FileSnapshotter() {
  if (!impl_->loaded || !impl_->failure.empty() || !impl_->files.HasAppended()) return;
  try {
    impl_->FoldJournal();
  } catch (const std::exception& error) {
    // Nothing is lost: the journal holds every save, and the next Load folds it.
    impl_->failure = error.what();
  }
}

std::shared_ptr<FileSnapshotter> FileSnapshotter::Open(const std::string& path, FileOptions options) {
  internal::CheckStatePath(path);
  if (options.journal_bytes < 1) throw Error(Errc::kInvalidArgument, "FileOptions: journal_bytes must be at least 1");
  const std::string resolved = options.io ? path : internal::ResolveStatePath(path);
  if (!options.io) options.io = SystemFileIo();
  std::unique_ptr<FileLock> lock;
  try {
    lock = options.io->Lock(resolved + ".lock");
  } catch (const std::system_error& error) {
    throw internal::UnwritableState(resolved, std::string("the state cannot be locked: ") + error.what());
  }
  if (!lock) throw internal::LockedState(resolved);
  return std::shared_ptr<FileSnapshotter>(
      new FileSnapshotter(std::make_unique<Impl>(resolved, std::move(options), std::move(lock))));
}

State FileSnapshotter::Load(const std::string& producer_id) {
  internal::CheckProducerId(producer_id);
  State state;
  impl_->queue.Alone([&] { state = impl_->Load(producer_id); });
  return state;
}

void FileSnapshotter::Save(const Changes& changes) {
  internal::CheckChanges(changes);
  if (changes.Empty()) return;
  impl_->queue.Save(changes);
}

}  // namespace gapless

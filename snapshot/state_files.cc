#include "snapshot/state_files.h"

#include <exception>
#include <system_error>
#include <utility>

#include "snapshot/ledger.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

std::string NewPath(const std::string& path) { return path + ".new"; }

}  // namespace

std::string StateFiles::JournalPath(std::int64_t generation) const {
  return path_ + (generation % 2 == 0 ? ".journal-0" : ".journal-1");
}

// Without a state file of ours nothing may be there but what a first start leaves that was interrupted before its
// generation counted: a journal without records, and a copy of the plain file that it was about to replace.
void StateFiles::RequireNoOtherFiles(const std::optional<std::string>& state_file) const {
  const auto odd = io_->Read(JournalPath(1));
  const auto previous = io_->Read(PreviousPath());
  if ((odd && odd->size() > EmptyJournalBytes()) || io_->Read(JournalPath(0)) || (previous && previous != state_file)) {
    throw CorruptState(path_, std::string(state_file ? "the state file is Parsec's" : "the state file is missing") +
                                  ", but files beside it (.journal-0, .journal-1 or .previous) hold state of ours");
  }
}

StateFiles::Stored StateFiles::Read() const {
  try {
    Stored stored;
    const std::optional<std::string> bytes = io_->Read(path_);
    StateFile file = bytes ? ReadStateFile(*bytes, path_) : StateFile{};
    if (!file.header) RequireNoOtherFiles(bytes);
    Changes produced;
    produced.produced.assign(file.produced.begin(), file.produced.end());
    produced.reserved.assign(file.reserved.begin(), file.reserved.end());
    stored.table.Apply(produced);
    if (!file.header) return stored;
    const std::string journal_path = JournalPath(file.header->generation);
    const std::optional<std::string> journal_bytes = io_->Read(journal_path);
    if (!journal_bytes) throw CorruptState(journal_path, "the journal that belongs to the state file is missing");
    const Journal journal = ReadJournal(*journal_bytes, journal_path);
    if (journal.head.instance_id != file.header->instance_id || journal.head.generation != file.header->generation) {
      throw CorruptState(journal_path, "the journal belongs to another state file or another generation of it");
    }
    stored.table.Apply(journal.head.base);
    for (const Changes& save : journal.saves) stored.table.Apply(save);
    if (!journal.head.has_ledger) stored.table.Apply(LedgerOfOlderState(stored.table.consumers()));
    stored.header = std::move(file.header);
    return stored;
  } catch (const Error&) {
    throw;
  } catch (const std::system_error& error) {
    throw UnwritableState(path_, std::string("the state cannot be read: ") + error.what());
  }
}

void StateFiles::WriteAside(const std::string& bytes) {
  const auto file = io_->OpenAppend(NewPath(path_), 0);
  file->Append(bytes);
  file->Sync();
}

void StateFiles::KeepPrevious() {
  if (const auto bytes = io_->Read(path_)) {
    WriteAside(*bytes);
    io_->Rename(NewPath(path_), PreviousPath());
  }
}

void StateFiles::Begin(const StateHeader& header, const StateTable& table) {
  const std::string journal_path = JournalPath(header.generation);
  const std::uint64_t salt = random_();
  const std::string head = EncodeJournalHead({header.instance_id, header.generation, salt, table.Rest()});
  const std::string state_file = EncodeStateFile({header, table.produced(), table.reserved()});
  std::unique_ptr<AppendFile> journal;
  try {
    // What was read may have its name from a life whose own sync of the directory failed. A power cut would bring back
    // the file of the generation before, whose journal is overwritten next.
    if (!journal_) io_->SyncDirectory(path_);
    journal = io_->OpenAppend(journal_path, 0);
    journal->Append(head);
    journal->Sync();
    // Its name must be there before a state file counts on it.
    io_->SyncDirectory(path_);
    KeepPrevious();
    WriteAside(state_file);
  } catch (const std::exception& error) {
    throw UnwritableState(path_, std::string("the state cannot be written anew: ") + error.what());
  }
  try {
    io_->Rename(NewPath(path_), path_);
    io_->SyncDirectory(path_);
  } catch (const std::exception& error) {
    // After a crash either generation may be the one that counts, so no save may go to one of them only.
    throw FailedState(path_, std::string("replacing the state file failed: ") + error.what());
  }
  journal_ = std::move(journal);
  journal_path_ = journal_path;
  salt_ = salt;
  next_index_ = 1;
  journal_bytes_ = head.size();
  base_bytes_ = head.size() + state_file.size();
}

void StateFiles::Append(const std::vector<const Changes*>& saves) {
  const std::string record = EncodeJournalRecord(salt_, next_index_, saves);
  try {
    journal_->Append(record);
  } catch (const std::exception& error) {
    try {
      journal_ = io_->OpenAppend(journal_path_, journal_bytes_);
      // Otherwise a power cut could bring back what is refused here.
      journal_->Sync();
    } catch (const std::exception& again) {
      throw FailedState(path_, std::string("a write to the journal failed (") + error.what() +
                                   ") and what it left could not be cut off: " + again.what());
    }
    throw UnwritableState(path_, std::string("a write to the journal failed: ") + error.what());
  }
  try {
    journal_->Sync();
  } catch (const std::exception& error) {
    // The system may have dropped what it could not write and report success the next time: asking again proves
    // nothing.
    throw FailedState(path_, std::string("a sync of the journal failed: ") + error.what());
  }
  journal_bytes_ += record.size();
  ++next_index_;
}

}  // namespace gapless::internal

#ifndef GAPLESS_SNAPSHOT_JOURNAL_H_
#define GAPLESS_SNAPSHOT_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// The first record of a journal.
struct JournalHead {
  std::string instance_id;
  std::int64_t generation = 0;
  /// Random. Goes into the checksums of the records that follow, so that bytes of another journal, or bytes that a
  /// peer put into an envelope, never pass for a record of this one.
  std::uint64_t salt = 0;
  /// Everything but what was produced and reserved, as it was when the journal began.
  Changes base;
  /// False in a journal that was written before there was a ledger.
  bool has_ledger = true;
};

/// What a journal holds. Each element of `saves` was one save, in order.
struct Journal {
  JournalHead head;
  std::vector<Changes> saves;
  /// Bytes of an append that never became durable, dropped from the end.
  std::size_t torn_bytes = 0;
};

std::string EncodeJournalHead(const JournalHead& head);

/// One record: the saves of one commit. `index` counts records from 1, the head being 0.
std::string EncodeJournalRecord(std::uint64_t salt, std::uint64_t index, const std::vector<const Changes*>& saves);

/// Size of the smallest head of the first generation: in a journal no longer than this nothing was ever saved.
std::size_t EmptyJournalBytes();

/// Reads a whole journal; `path` is for messages.
///
/// Each record was synced before the next one was appended, so only the last can be one that never became durable.
/// Such a one is dropped if the file is too short for it, or if a whole sector of it reads as zeros: an interrupted
/// append leaves one or the other. Everything else that fails a check throws `Error(kStateCorrupt)`, a single flipped
/// bit in the last record too; a newer format throws `Error(kStateForeign)`. A file that was cut at the end of a record
/// cannot be told from one that ended there.
Journal ReadJournal(std::string_view bytes, const std::string& path);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_JOURNAL_H_

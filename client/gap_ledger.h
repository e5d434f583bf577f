#ifndef GAPLESS_CLIENT_GAP_LEDGER_H_
#define GAPLESS_CLIENT_GAP_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "client/progress.h"
#include "gapless/gap.h"
#include "gapless/ledger.h"
#include "gapless/snapshotter.h"

namespace gapless::internal {

/// The ledger of one subscription (promise L6): what was told to `OnGap` becomes rows, what arrives late changes them.
/// Pure: no I/O, threads or clocks.
///
///   told or seen                      | rows
///   ----------------------------------+-----------------------------------------------------------------
///   range                             | one is missing; where the stream was open, the open one becomes it
///   open                              | one is open
///   none                              | the open one ends: nothing
///   reset                             | one says so; what was missing or open of the stream is abandoned
///   an envelope of a missing row      | it splits; what came is filled, next to what came before
///   a stream that begins in the middle| one says that nothing is known of what lies before
///
/// Above `limit` the oldest row that has ended goes, which changes no answer. Where none has ended, the oldest that is
/// missing goes, and nothing is known any more of its stream up to there. Open rows, and those that say what is
/// unknown, do not count: there is at most one of each for a stream.
class GapLedger {
 public:
  /// As state has them, or empty.
  GapLedger(const ConsumerRecord& restored, std::size_t limit);

  void Tell(const Gap& gap, Timestamp now);
  /// An envelope went to the handlers; `late`: out of a range that was told.
  void Arrive(const std::string& producer, std::int64_t sequence, bool late, Timestamp now);
  /// Whether `Arrive` could change any row.
  bool Concerns(const std::string& producer, bool late) const { return late || !met_.contains(producer); }

  /// What changed since the last call.
  Edits<LedgerRow> TakeEdits() { return std::exchange(edits_, {}); }

 private:
  using Id = std::int64_t;

  void Index(const LedgerRow& row);
  void Unindex(const LedgerRow& row);
  Id Add(LedgerRow row);
  void Replace(const LedgerRow& row);
  void Remove(Id id);
  void End(Id id, LedgerStatus status, Timestamp now);
  void TellRange(const Gap& gap, Timestamp now);
  void TellOpen(const Gap& gap, Timestamp now);
  void TellReset(const Gap& gap, Timestamp now);
  void ForgetRanges(const std::string& producer);
  void Fill(const std::string& producer, std::int64_t sequence, Timestamp now);
  void AddFilled(LedgerRow filled);
  void Meet(const std::string& producer, std::int64_t sequence, Timestamp now);
  void ForgetUpTo(const std::string& producer, std::int64_t last, Timestamp now);
  void KeepToLimit(Timestamp now);

  std::size_t limit_;
  std::map<Id, LedgerRow> rows_;
  Id last_id_ = 0;
  /// Streams that have had an envelope in order.
  std::set<std::string> met_;
  // Where to find rows. The ranges are the missing and filled ones, by producer and first sequence.
  std::map<std::pair<std::string, std::int64_t>, Id> ranges_;
  std::map<std::string, Id> open_;
  std::map<std::string, Id> unknown_;
  std::set<Id> missing_;
  std::set<Id> ended_;
  Edits<LedgerRow> edits_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_GAP_LEDGER_H_

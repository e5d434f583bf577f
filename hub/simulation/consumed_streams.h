#ifndef GAPLESS_HUB_SIMULATION_CONSUMED_STREAMS_H_
#define GAPLESS_HUB_SIMULATION_CONSUMED_STREAMS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gapless/gap.h"
#include "gapless/history_checker.h"
#include "hub/simulation/interval_set.h"
#include "hub/simulation/published_streams.h"

namespace gapless::simulation {

/// What one consumer saw of the streams of its channel, over all of its lives (promises R1 to R4, R6).
class ConsumedStreams {
 public:
  /// `lossy`: the channels of which `HistoryChecker::MayLose` told, which may grow.
  ConsumedStreams(HistoryChecker::Consumer consumer, const PublishedStreams& published,
                  const std::set<std::string>& lossy, PublishedStreams::Complain complain);

  /// A new life. Only a durable consumer remembers the one before.
  void Started();
  void Delivered(const Envelope& envelope);
  void Handled(const Envelope& envelope);
  void ToldGap(const Gap& gap);
  void ToldError(const Error& error);
  void Saving() { maybe_saved_ = true; }
  void SavedPlace() { saved_anything_ = true; }
  void SavedCursor(const std::string& producer, std::int64_t sequence);
  void Finish();

 private:
  struct Stream {
    int generation = 0;
    /// What must have been handled or told begins behind `base`; unknown until something of the stream was seen.
    bool based = false;
    std::int64_t base = 0;
    /// Handled, told as a gap, or rejected with a report.
    IntervalSet covered;
    /// As saved in the lives before this one.
    std::int64_t saved_before = 0;
    std::int64_t saved = 0;
    /// Where servers took the first envelope of it that was ever delivered here.
    std::uint64_t first_place = 0;
    /// Told as missing, and as open, in the lives before: the ledger may remember it, so that it comes late or closes.
    IntervalSet told_before;
    bool open_before = false;
    /// Whether any life told an open gap; what closed it may not have become durable.
    bool open_ever = false;
    // Of this life:
    std::int64_t last = 0;
    IntervalSet delivered;
    IntervalSet told;
    bool open = false;
    /// From here on an open gap was told; where silence closed it, the end of the stream may be missing.
    std::int64_t open_from = 0;
    /// A reset was told; the next envelope shows which generation it was.
    bool reset = false;
    /// How far it had come before that: such a cursor may still be written behind it.
    std::int64_t before_reset = 0;
  };

  PublishedStreams::Key KeyOf(const std::string& producer) const { return {consumer_.channel, producer}; }
  Stream& StreamOf(const std::string& producer);
  /// Whether the producer ever lost its sequences.
  bool StartedOver(const std::string& producer) const;
  bool Wanted(const std::string& aspect) const;
  /// A stream that state never knew of is met anew where history is gone.
  bool MetAnew(const Stream& stream) const {
    return stream.last == 0 && stream.saved == 0 && !consumer_.from_start && MayLose();
  }
  bool MayLose() const { return lossy_.contains(consumer_.channel); }
  /// The next sequence from `from` on, below `end`, that was neither covered nor is of an unwanted aspect; else `end`.
  std::int64_t FirstOwed(const Stream& stream, const std::string& producer, std::int64_t from, std::int64_t end) const;
  void MatchContent(Stream& stream, const Envelope& envelope);
  void CheckOrder(Stream& stream, const Envelope& envelope);
  void CheckFalseAlarm(const Stream& stream, const Gap& gap);
  void ToldRange(Stream& stream, const Gap& gap);
  void ToldReset(Stream& stream, const Gap& gap);
  void Complain(const std::string& promise, const std::string& producer, std::int64_t sequence,
                const std::string& what) const;

  const HistoryChecker::Consumer consumer_;
  const PublishedStreams& published_;
  const std::set<std::string>& lossy_;
  const PublishedStreams::Complain complain_;
  std::map<std::string, Stream> streams_;
  /// Something of it is durable; before, even a durable consumer has no place to go on from.
  bool saved_anything_ = false;
  bool maybe_saved_ = false;
  /// Its handlers were called, in whatever life.
  bool began_ = false;
  /// An open gap was told in this life: whoever was never met in it may have been missed.
  bool told_open_ = false;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_CONSUMED_STREAMS_H_

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
  ConsumedStreams(HistoryChecker::Consumer consumer, const PublishedStreams& published,
                  PublishedStreams::Complain complain);

  /// A new life. Only a durable consumer remembers the one before.
  void Started();
  void Delivered(const Envelope& envelope);
  void Handled(const Envelope& envelope);
  /// `may_lose`: see `HistoryChecker::MayLose`.
  void ToldGap(const Gap& gap, bool may_lose);
  void ToldError(const Error& error);
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
    // Of this life:
    std::int64_t last = 0;
    IntervalSet delivered;
    IntervalSet told;
    bool open = false;
    /// A reset was told; the next envelope shows which generation it was.
    bool reset = false;
  };

  PublishedStreams::Key KeyOf(const std::string& producer) const { return {consumer_.channel, producer}; }
  Stream& StreamOf(const std::string& producer);
  bool Wanted(const std::string& aspect) const;
  /// The next sequence from `from` on, below `end`, that was neither covered nor is of an unwanted aspect; else `end`.
  std::int64_t FirstOwed(const Stream& stream, const std::string& producer, std::int64_t from, std::int64_t end) const;
  void MatchContent(Stream& stream, const Envelope& envelope);
  void CheckOrder(Stream& stream, const Envelope& envelope);
  void CheckFalseAlarm(const Gap& gap);
  void ToldRange(Stream& stream, const Gap& gap, bool may_lose);
  void ToldReset(Stream& stream, const Gap& gap);
  void Complain(const std::string& promise, const std::string& producer, std::int64_t sequence,
                const std::string& what) const;

  const HistoryChecker::Consumer consumer_;
  const PublishedStreams& published_;
  const PublishedStreams::Complain complain_;
  std::map<std::string, Stream> streams_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_CONSUMED_STREAMS_H_

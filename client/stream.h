#ifndef GAPLESS_CLIENT_STREAM_H_
#define GAPLESS_CLIENT_STREAM_H_

#include <cstdint>
#include <map>
#include <optional>

#include "gapless/envelope.h"
#include "gapless/ledger.h"
#include "gapless/snapshotter.h"

namespace gapless::internal {

/// What the next envelope of a stream means, given what came before.
struct Sighting {
  enum class Kind : std::uint8_t {
    kNext,       ///< The one expected, or the first of a stream with nothing to compare.
    kHole,       ///< Sequences are missing before it: [first_missing, sequence - 1].
    kLate,       ///< Fills (part of) a range that was reported as missing.
    kDuplicate,  ///< Delivered before.
    kReset,      ///< The producer started over (R6).
  };
  Kind kind = Kind::kNext;
  std::int64_t first_missing = 0;
};

/// Sequence bookkeeping of one (channel, producer): pure, without I/O, threads or clocks.
///
/// `Look` classifies, `Take` records that the envelope goes on to the handlers. Between the two the receiver may
/// try to repair a hole.
///
/// A reset is told from a duplicate by `produced_at`: a resend repeats the bytes of the original, so it can not be
/// younger than the youngest envelope seen, while a producer that lost its state stamps the present time. Where the
/// sequence is known to be missing, a little younger proves nothing: a publisher without order between stamping and
/// sending sends 6 before 5 and may have stamped 5 later.
class Stream {
 public:
  /// A stream that is met in the middle: nothing before its first envelope is missed.
  Stream() = default;
  /// A stream whose handlers have returned for everything up to `cursor`.
  explicit Stream(const Cursor& cursor) : high_(cursor.sequence), youngest_(cursor.produced_at) {}

  Sighting Look(const Envelope& envelope) const;
  /// A late envelope may complete a range that was reported as missing; then that range is returned. `report`: what is
  /// missing before this one is reported; else it may come late as well, and nobody waits for it.
  std::optional<SequenceRange> Take(const Envelope& envelope, const Sighting& sighting, bool report = true);

  /// What a ledger remembers from an earlier life: this was reported as missing, so what comes next is beyond it.
  void RestoreMissing(const SequenceRange& range);
  /// It is what is left of `told`, together with others, `missing` sequences in all.
  void RestoreTold(const SequenceRange& told, std::int64_t missing);

  /// Highest sequence taken; empty for a stream met in the middle that has no envelope yet.
  std::optional<std::int64_t> high() const { return high_; }
  /// The sequence that comes next; the largest one has no next and stays.
  std::int64_t next() const;
  /// What a subscriber that has handled everything taken so far resumes from.
  Cursor cursor() const { return {high_.value_or(0), youngest_}; }

  /// An open gap: something after `high` may be missing (R2). Closed by `CloseOpenGap`.
  bool open_gap() const { return open_gap_; }
  void OpenGap() { open_gap_ = true; }
  void CloseOpenGap() { open_gap_ = false; }

 private:
  struct Told {
    std::int64_t last = 0;
    /// How many of its sequences have not arrived.
    std::int64_t missing = 0;
  };

  void Miss(std::int64_t first, std::int64_t last, bool report);
  void RememberMissing(std::int64_t first, std::int64_t last);
  bool IsMissing(std::int64_t sequence) const;
  std::optional<SequenceRange> Fill(std::int64_t sequence);

  std::optional<std::int64_t> high_;
  Timestamp youngest_ = kUnsetTime;
  /// Of those that came late, which may be younger than what overtook them where a clock was set back: a copy of such a
  /// one is no reset.
  Timestamp youngest_late_ = kUnsetTime;
  bool open_gap_ = false;
  /// Reported ranges that have not been filled, first → last; the oldest go when there are too many.
  std::map<std::int64_t, std::int64_t> missing_;
  /// The ranges as they were reported, by their first sequence, but for those of which a part was forgotten.
  std::map<std::int64_t, Told> told_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_STREAM_H_

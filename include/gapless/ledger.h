#ifndef GAPLESS_LEDGER_H_
#define GAPLESS_LEDGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/error.h"
#include "gapless/gap.h"

namespace gapless {

/// What became of a row of the gap ledger. The numbers are kept in state and never change.
enum class LedgerStatus : std::uint8_t {
  kMissing = 1,    ///< The range did not arrive, so far.
  kFilled = 2,     ///< It arrived after it had been reported.
  kOpen = 3,       ///< Something from `first` on may be missing; `last` is 0.
  kNothing = 4,    ///< It was open, and nothing was missing.
  kReset = 5,      ///< The producer started over: `first` is what it used then, `last` the highest it had used before.
  kAbandoned = 6,  ///< It was missing or open when the producer started over, so nothing can fill it any more.
  kUnknown = 7,    ///< Nothing is known of the range: the subscription, or its ledger, begins behind it.
};

/// One row of a subscription's ledger: a range of one stream that did not simply arrive, and what became of it. A range
/// that `OnGap` told is one row until a part of it arrives late; then it is several, which all say what was told.
struct LedgerRow {
  /// Names the row within its subscription; grows from 1.
  std::int64_t id = 0;
  /// Empty in an open row that was told before any stream of the channel was known.
  std::string producer;
  LedgerStatus status = LedgerStatus::kMissing;
  GapCause cause = GapCause::kNotInHistory;
  std::int64_t first = 0;
  std::int64_t last = 0;
  /// The range that `OnGap` told, of which this row is all or a part; the same as `first` and `last` where none was.
  std::int64_t told_first = 0;
  std::int64_t told_last = 0;
  /// By the clock of the machine.
  Timestamp found_at = kUnsetTime;
  /// When `status` became final; `kUnsetTime` for what is missing, open or unknown.
  Timestamp ended_at = kUnsetTime;

  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

struct SequenceRange {
  std::int64_t first = 0;
  std::int64_t last = 0;

  friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

/// The answer to "was this stream complete from `first` to `last`?", with its evidence (promise L6).
struct Completeness {
  /// Each of these sequences arrived and was handled: the three lists below are empty.
  bool complete = false;
  /// What was reported as a gap and has not arrived since.
  std::vector<SequenceRange> missing;
  /// What the ledger does not reach back to.
  std::vector<SequenceRange> unknown;
  /// What lies beyond the cursor: it may still come.
  std::vector<SequenceRange> pending;
  /// Everything up to here was handled or is a row of the ledger; 0 for a stream that was never met.
  std::int64_t handled_up_to = 0;
  /// The rows of this stream that touch the range, those with late arrivals and resets of the producer included.
  std::vector<LedgerRow> rows;
};

/// An envelope that failed validation and was kept (`SubscribeOptions::quarantine_limit`).
struct QuarantinedEnvelope {
  /// Names it within its subscription; grows from 1.
  std::int64_t id = 0;
  /// As it arrived.
  std::shared_ptr<const std::string> bytes;
  /// What the validator said: kPayloadInvalid, kUnsupportedAspect …
  Errc code = Errc::kPayloadInvalid;
  std::string reason;
  /// The server's offset of the publication that carried it, 0 if none.
  std::uint64_t offset = 0;
  /// By the clock of the machine.
  Timestamp quarantined_at = kUnsetTime;
};

/// "missing", "filled" …
std::string_view ToString(LedgerStatus status) noexcept;

}  // namespace gapless

#endif  // GAPLESS_LEDGER_H_

#ifndef GAPLESS_GAP_H_
#define GAPLESS_GAP_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace gapless {

/// What `OnGap` tells.
enum class GapKind : std::uint8_t {
  /// `[first, last]` of the stream did not arrive and could not be repaired.
  kRange,
  /// Something after `first - 1` may be missing: `[first, ?]`. `last` is 0. Follows a resume that nobody could
  /// vouch for; a `kRange`, `kNone` or `kReset` of the same stream closes it.
  kOpen,
  /// The open gap of this stream closed: nothing was missing, or nothing more came within the patience.
  kNone,
  /// The producer lost its state and started over; `first` is the sequence it now uses, `last` the highest that
  /// it had used before (promise R6). Its sequences are counted afresh from here.
  kReset,
  /// All of `[first, last]`, which had been told as a `kRange`, has arrived after all, as envelopes marked late; this
  /// follows the one that made it whole.
  kFilled,
};

/// Why a gap was reported. The numbers are kept in state and never change.
enum class GapCause : std::uint8_t {
  kNotInHistory = 0,    ///< The server's history does not hold the range any more, or never did.
  kNoHistory = 1,       ///< This server or channel keeps no history.
  kHistoryRefused = 2,  ///< The server refused or failed the request for history.
  kEpochChanged = 3,    ///< The server lost its stream and began a new one.
  kReset = 4,           ///< The producer started over.
  kClosedOpen = 5,      ///< An open gap became an exact range, or none.
  kArrivedLate = 6,     ///< The range arrived after it had been reported.
  kNotAccounted = 7,    ///< Only in the ledger: what lies before its beginning.
};

/// A hole in the stream of one producer on one channel.
struct Gap {
  GapKind kind = GapKind::kRange;
  std::string channel;
  /// Empty in a `kOpen` gap when no stream of the channel was known yet; nothing closes such a one.
  std::string producer;
  std::int64_t first = 0;
  std::int64_t last = 0;
  GapCause cause = GapCause::kNotInHistory;

  friend bool operator==(const Gap&, const Gap&) = default;
};

/// "range", "open", "none", "reset", "filled".
std::string_view ToString(GapKind kind) noexcept;
/// A few words for logs.
std::string_view ToString(GapCause cause) noexcept;

}  // namespace gapless

#endif  // GAPLESS_GAP_H_

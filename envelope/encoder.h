#ifndef GAPLESS_ENVELOPE_ENCODER_H_
#define GAPLESS_ENVELOPE_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "gapless/envelope.h"

namespace gapless::internal {

/// An envelope encoded but for its sequence and time, so that a publisher does the costly part (checking,
/// compacting and escaping the payload) before the lock under which it takes a sequence.
class PreparedEnvelope {
 public:
  /// Reads every wire member of `envelope` but `sequence` and `produced_at`. Throws `Error` as `EncodeEnvelope`
  /// does, kTooLarge already when even the shortest sequence would not fit.
  explicit PreparedEnvelope(const Envelope& envelope);

  /// Exact size of what `Finish` returns for this sequence.
  std::size_t SizeWith(std::int64_t sequence) const noexcept;
  /// The same for the longest positive sequence: within `kMaxEnvelopeBytes`, no `Finish` throws kTooLarge.
  std::size_t MaxBytes() const noexcept { return SizeWith(INT64_MAX); }

  /// The wire form. Throws `Error`: kTooLarge above `kMaxEnvelopeBytes`, kInvalidArgument for a year outside 0–9999.
  std::string Finish(std::int64_t sequence, Timestamp produced_at) const;

 private:
  // The wire form without the two values; the sequence goes in at `sequence_at_`, the time at the end.
  std::string text_;
  std::size_t sequence_at_ = 0;
};

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_ENCODER_H_

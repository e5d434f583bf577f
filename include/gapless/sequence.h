#ifndef GAPLESS_SEQUENCE_H_
#define GAPLESS_SEQUENCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gapless {

/// Hands out sequences per channel for one producer: 1, 2, 3 … Thread-safe (Parsec: SequenceTracker).
class SequenceTracker {
 public:
  SequenceTracker();
  ~SequenceTracker();
  SequenceTracker(const SequenceTracker&) = delete;
  SequenceTracker& operator=(const SequenceTracker&) = delete;

  /// The next sequence of `channel`; 1 for one that was never used. Any text is a key, the empty one too.
  /// Throws `Error(kInvalidState)` instead of wrapping at 2^63 − 1.
  std::int64_t Next(std::string_view channel);
  /// The last sequence handed out, 0 if none. Creates nothing.
  std::int64_t Peek(std::string_view channel) const;
  /// Sets the last sequence of one channel, never downwards. Creates it if need be.
  void Raise(std::string_view channel, std::int64_t last);
  /// An independent copy: channel → last sequence handed out.
  std::map<std::string, std::int64_t> Snapshot() const;
  /// Replaces all state; channels not in `state` start at 1 again.
  void Restore(const std::map<std::string, std::int64_t>& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What `GapDetector::Observe` saw.
struct Observation {
  bool first = false;      ///< The pair was never seen before.
  bool duplicate = false;  ///< At or below the high-water mark.
  std::int64_t gap = 0;    ///< How many sequences were skipped.
};

/// Finds holes per (channel, producer). Thread-safe (Parsec: GapDetector, with the same answers).
///
/// The client does not use this class but a richer receiver that repairs holes, knows late arrivals and sees
/// producers that start over; this one is for users who check streams of their own.
class GapDetector {
 public:
  GapDetector();
  ~GapDetector();
  GapDetector(const GapDetector&) = delete;
  GapDetector& operator=(const GapDetector&) = delete;

  /// Observes `sequence` and raises the high-water mark if it is higher (or the first).
  Observation Observe(std::string_view channel, std::string_view producer, std::int64_t sequence);
  /// The highest sequence observed; 0 for an unknown pair.
  std::int64_t HighWater(std::string_view channel, std::string_view producer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_SEQUENCE_H_

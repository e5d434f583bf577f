#ifndef GAPLESS_CLIENT_PUBLISH_GATE_H_
#define GAPLESS_CLIENT_PUBLISH_GATE_H_

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "client/publish_pump.h"
#include "envelope/encoder.h"
#include "gapless/client.h"
#include "gapless/snapshotter.h"

namespace gapless::internal {

/// Where drafts become envelopes: sequence, time, encoding, durability, and the order in which they leave.
///
/// Callers queue up; one of them, the leader, stamps all that wait, saves them in one commit and hands them on,
/// so concurrent publishers share the cost of a sync and a sequence exists only once it is safe: what is refused
/// or can not be saved was never given a number (promises P1, P2, P3).
class PublishGate {
  using Counters = std::unordered_map<std::string, std::int64_t>;

 public:
  struct Options {
    /// Null: nothing is saved.
    Snapshotter* snapshotter = nullptr;
    std::size_t max_unacknowledged = 0;
    std::function<Timestamp()> clock;
    /// Takes accepted envelopes, in order, on the leader's thread.
    std::function<void(std::vector<PendingPublish>)> hand_on;
    /// How many sequences one save of `kReserved` covers.
    std::int64_t reserve_block = 1'000;
  };
  explicit PublishGate(Options options);

  struct Accepted {
    std::int64_t sequence = 0;
    Timestamp produced_at;
  };

  /// State from an earlier life: nothing at or below `last` is used on `channel`. Before the first `Accept` only.
  void Raise(const std::string& channel, std::int64_t last);
  /// Nothing is stamped as produced before `time`, which what is still to be sent carries, though the clock may have
  /// been set back: subscribers would take it for a producer that started over once it overtakes the other.
  void RaiseTime(Timestamp time) { last_time_ = std::max(last_time_, time); }

  /// State from an earlier life, after `Raise`: any sequence above that and up to `ceiling` may have been used.
  void RaiseReserved(const std::string& channel, std::int64_t ceiling);
  /// The bounds of the last sequence used on `channel`, where an earlier life left that open.
  struct Unsure {
    std::int64_t last = 0;
    std::int64_t ceiling = 0;
  };
  std::optional<Unsure> UnsureOf(const std::string& channel) const;
  /// `last` is known to be the last sequence used, or is above all that can have been. False if that was known already.
  bool Settle(const std::string& channel, std::int64_t last);
  /// After closing: what state should know of reserved streams, so that the next life has no doubts.
  Changes TakeReserved();

  /// Refuses publishes on `channel` with `Error(kStateStale)` until `Settle`.
  void Stop(const std::string& channel, std::int64_t server_last);
  /// The server's last sequence on a channel that was stopped.
  std::optional<std::int64_t> StoppedAt(const std::string& channel) const;

  /// Blocks for the commit that `durability` asks for. Throws what the public `Publish` names for refusals.
  Accepted Accept(const std::string& channel, const PreparedEnvelope& envelope, Durability durability,
                  std::function<void(PublishAnswer)> on_answer);

  /// Accepted in an earlier life and still without an answer.
  void Adopt(std::size_t count);
  /// Accepted envelopes that got their answer.
  void Settled(std::size_t count);
  std::size_t unacknowledged() const;
  /// Callers that wait for a commit under way to end, before theirs can begin.
  std::size_t waiting() const;
  /// Refuses everything from now on, or not any more. Closing waits for a commit under way, so that what was accepted
  /// has been handed on when it returns; it does not wait for an `Exclusive`, which may be the caller's own.
  void SetClosed(bool closed);
  /// Throws `Error(kClosed)` while closed.
  void RequireOpen() const;

  /// The server refused `sequence` for good. Where nothing later was accepted the number is used again, so that
  /// the stream has no hole. Not for sequences that state has recorded as used: those are never used again (P2).
  void GiveBack(const std::string& channel, std::int64_t sequence);

  /// Shuts every other publisher out while it lives, so that what is stamped in a transaction can be undone.
  class Exclusive {
   public:
    explicit Exclusive(PublishGate& gate);
    /// Undoes everything unless committed.
    ~Exclusive();
    Exclusive(const Exclusive&) = delete;
    Exclusive& operator=(const Exclusive&) = delete;

    Accepted Stamp(const std::string& channel, const PreparedEnvelope& envelope);
    /// What must be saved with the transaction. Called once, after the last `Stamp`.
    Changes TakeChanges();
    /// The transaction is durable: the sequences count and the envelopes leave.
    void Commit();

   private:
    PublishGate& gate_;
    Changes changes_;
    Counters raised_;
    std::vector<PendingPublish> stamped_;
  };

 private:
  struct Request;

  void Lead(std::unique_lock<std::mutex>& lock);
  void Process(const std::vector<Request*>& requests, std::size_t room);
  void HandOn(const Counters& raised, std::vector<PendingPublish> publishes);
  std::int64_t NextSequence(const Counters& raised, const std::string& channel) const;
  bool Reserve(const std::string& channel, std::int64_t sequence, Counters& ceilings) const;
  void RequireGoing(const std::string& channel) const;
  void TakeBack(const std::string& channel);
  Timestamp NextTime();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request*> queue_;
  /// One caller, or an `Exclusive`, has the gate for itself.
  bool led_ = false;
  /// It is a caller, and it saves or hands on.
  bool committing_ = false;
  bool closed_ = false;
  std::size_t unacknowledged_ = 0;
  std::map<std::string, std::set<std::int64_t>> refused_;
  /// Streams whose last sequence is not known yet: the ceiling. And those that are stopped: the server's last one.
  std::unordered_map<std::string, Unsure> unsure_;
  Counters stopped_;
  /// Only who leads touches these three.
  Counters last_;
  /// What is reserved in state, in this life.
  Counters ceilings_;
  /// A stream's times never go back within one life, even if the clock does: receivers
  /// tell a producer that started over from a duplicate by them.
  Timestamp last_time_ = kUnsetTime;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_PUBLISH_GATE_H_

#ifndef GAPLESS_CLIENT_PUBLISH_PUMP_H_
#define GAPLESS_CLIENT_PUBLISH_PUMP_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gapless/client.h"
#include "gapless/transport.h"

namespace gapless::internal {

/// What a caller waits for: where the server put the envelope, or why it did not.
using PublishAnswer = std::variant<Receipt, Error>;

/// An accepted envelope on its way to the server.
struct PendingPublish {
  std::string channel;
  std::int64_t sequence = 0;
  std::shared_ptr<const std::string> bytes;
  /// Whether the snapshotter holds it, so that its acknowledgement must be told there.
  bool in_outbox = false;
  Timestamp produced_at = kUnsetTime;
  /// Takes the answer; empty if nobody waits. Called at most once, on any thread, and must not block.
  std::function<void(PublishAnswer)> on_answer;
  /// Whether state knows that the sequence is used, so that the server must not know a later one (promise P6).
  bool recorded = false;
};

/// What became of one, for good.
struct PublishOutcome {
  PendingPublish publish;
  /// Set when the server refused it for good.
  std::optional<Error> refused;
  std::optional<Position> position;
  /// It was sent more than once, so an earlier copy may have gone through although this one was refused.
  bool resent = false;
};

/// Sends accepted envelopes in order until each is acknowledged or refused for good (promise P4). Pure.
///
///   waiting --Fill--> in flight --reply--> done
///      ^                  |
///      +--connection lost, or temporary refusal (its channel then stalls: nothing more of it is sent until
///         all that is in flight has an answer and a delay has passed, so that the order survives)
///
/// A channel with a pace stalls in the same way after each publish.
class PublishPump {
 public:
  explicit PublishPump(ReconnectPolicy policy) : policy_(policy) {}

  void Add(PendingPublish publish, TimePoint now);
  /// Appends requests for what may be sent now, at most up to `max_in_flight` unanswered ones.
  void Fill(TimePoint now, std::size_t max_in_flight, std::uint64_t& next_id, std::vector<TransportRequest>& out);
  /// Whether `id` is one of its requests.
  bool Owns(std::uint64_t id) const { return in_flight_.contains(id); }
  /// The outcome, unless it will be sent again.
  std::optional<PublishOutcome> TakeReply(const ReplyEvent& reply, TimePoint now, std::uint64_t random);
  /// At least so much time lies between two publishes of `channel` from here on, until the connection is lost; none if
  /// 0, never more than a minute. All are sent all the same, and in order.
  void SetPace(const std::string& channel, std::chrono::milliseconds pace);
  /// Nothing more of `channel` is sent until `Release`. What is in flight is not called back; a lost connection ends
  /// it.
  void Hold(const std::string& channel);
  void Release(const std::string& channel);
  /// What `Hold` holds back, in order, as far as `Fill` has met it.
  std::vector<const PendingPublish*> Held(const std::string& channel) const;
  /// Takes those of them out for which `wanted` holds.
  std::vector<PendingPublish> TakeHeld(const std::string& channel,
                                       const std::function<bool(const PendingPublish&)>& wanted);
  /// Every channel with something recorded to send.
  std::set<std::string> RecordedChannels() const;

  /// Everything in flight waits again, in its old order.
  void ConnectionLost();
  /// Takes out everything that no outbox holds. Nothing may be in flight: after `ConnectionLost`.
  std::vector<PendingPublish> TakeVolatile();
  /// Takes out whoever waits for those that stay: their channel and sequence, and what takes the answer.
  std::vector<PendingPublish> TakeWaiters();

  bool empty() const { return publishes_.empty(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  /// When the oldest of those without an answer was added.
  std::optional<TimePoint> OldestAdded() const;
  std::uint64_t resent() const { return resent_; }
  /// When the oldest unanswered request was sent.
  std::optional<TimePoint> OldestSent() const;
  /// When a stalled channel may go on.
  std::optional<TimePoint> NextWork() const;

 private:
  struct Slot {
    PendingPublish publish;
    TimePoint added;
    std::uint32_t sends = 0;
  };
  struct Flight {
    std::uint64_t ticket = 0;
    TimePoint sent;
  };
  struct Channel {
    std::size_t in_flight = 0;
    std::uint32_t failures = 0;
    std::optional<TimePoint> stalled_until;
    /// The stall is for the pace only; nothing was refused.
    bool paced = false;
    bool held = false;
    /// What waits for the stall or the hold to end. Kept apart, so that it is not looked at again and again meanwhile.
    std::set<std::uint64_t> parked;
  };

  void EndStalls(TimePoint now);

  const ReconnectPolicy policy_;
  std::uint64_t next_ticket_ = 1;
  std::uint64_t resent_ = 0;
  /// By ticket, which is the order of acceptance.
  std::map<std::uint64_t, Slot> publishes_;
  std::set<std::uint64_t> waiting_;
  std::map<std::uint64_t, Flight> in_flight_;
  /// Only channels with something in flight, stalled or held.
  std::map<std::string, Channel> channels_;
  std::set<std::string> stalled_;
  std::map<std::string, std::chrono::milliseconds> paces_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_PUBLISH_PUMP_H_

#ifndef GAPLESS_CLIENT_SESSION_H_
#define GAPLESS_CLIENT_SESSION_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "client/publish_pump.h"
#include "client/receiver.h"
#include "client/stream_check.h"
#include "gapless/client.h"
#include "gapless/transport.h"

namespace gapless::internal {

using SubscriptionId = std::uint64_t;
using QueryId = std::uint64_t;

// What the session wants done, in order.
struct ConnectEffect {
  std::uint64_t connection;
};
struct DisconnectEffect {
  std::uint64_t connection;
};
struct SendEffect {
  std::uint64_t connection;
  std::vector<TransportRequest> requests;
};
struct DeliverEffect {
  SubscriptionId subscription;
  ReceiverOutput output;
};
struct PublishDoneEffect {
  PublishOutcome outcome;
};
/// What a caller may ask the server and wait for.
using Query = std::variant<HistoryRequest, PresenceRequest, PresenceStatsRequest, RpcRequest>;
using QueryAnswer = std::variant<HistoryReply, PresenceReply, PresenceStatsReply, RpcReply, Error>;
struct QueryDoneEffect {
  QueryId query;
  QueryAnswer answer;
};
/// A message of the server itself.
struct MessageEffect {
  std::string data;
};
struct StateEffect {
  ConnectionState state;
  std::optional<Error> error;
};
struct ErrorEffect {
  Error error;
};
/// The server has sequences of the client's own stream that its state never stamped (promise P6).
struct StaleEffect {
  std::string channel;
  std::int64_t server_last;
};
using Effect = std::variant<ConnectEffect, DisconnectEffect, SendEffect, DeliverEffect, PublishDoneEffect,
                            QueryDoneEffect, MessageEffect, StateEffect, ErrorEffect, StaleEffect>;
using Effects = std::vector<Effect>;

/// The client's decisions above one transport: reconnect, resubscribe, resend, repair. Pure: events come in with
/// the time, effects go out; no I/O, threads or clocks.
///
///   idle ------Connect------> connecting --ConnectedEvent--> connected
///   connecting, connected --DisconnectedEvent, silence--> waiting (state kConnecting) --delay--> connecting
///   connecting, connected --DisconnectedEvent that says terminal--> failed --Connect--> connecting
///   any ------Close------> closed --Connect--> connecting
///
/// Per channel, while connected: off --> subscribing --> on; a temporary refusal waits and tries again, a
/// lasting one stays off until the next connection or subscriber; a pause (slow handlers) unsubscribes until all have
/// caught up. A receiver's history request that is refused for now is made again a few times.
///
/// Per stream of the client's own, where there is history and state (promise P6): before the first envelope of a life
/// leaves, and before anything is sent again on a new connection, the server is asked what it has of the stream. What
/// it has already counts as acknowledged; if it has what this state never stamped, nothing more is sent.
class Session {
 public:
  struct Options {
    ReconnectPolicy reconnect;
    std::chrono::milliseconds answer_timeout;
    std::size_t max_in_flight;
    /// The producer whose streams are compared with the server's history; empty for no comparison.
    std::string reconcile_as = {};
  };
  explicit Session(Options options) : options_(options), pump_(options.reconnect) {}

  void Connect(TimePoint now, Effects& out);
  struct Left {
    /// Accepted, in no outbox, and so given up.
    std::vector<PendingPublish> lost;
    /// In the outbox, where they stay, with somebody waiting for them.
    std::vector<PendingPublish> waited_for;
  };
  /// Disconnects and forgets subscriptions and queries.
  Left Close(Effects& out);

  /// `random` is 64 random bits, used for jitter if the event calls for a delay.
  void Take(const TransportEvent& event, TimePoint now, std::uint64_t random, Effects& out);
  /// Time has come for something of `NextWork` or `NextDeadline`.
  void Tick(TimePoint now, std::uint64_t random, Effects& out);

  /// What a subscription wants beyond its receiver.
  struct Wishes {
    std::chrono::milliseconds patience;
    bool join_leave = false;
    std::optional<TagFilter> filter = std::nullopt;
  };
  void AddSubscription(SubscriptionId id, std::string channel, std::unique_ptr<Receiver> receiver, Wishes wishes,
                       TimePoint now, Effects& out);
  void RemoveSubscription(SubscriptionId id, TimePoint now, Effects& out);
  /// Its handlers' queue is full, or has room again.
  void SetPaused(SubscriptionId id, bool paused, TimePoint now, Effects& out);
  /// Publishes accepted, in order.
  void AddPublishes(std::vector<PendingPublish> publishes, TimePoint now, Effects& out);
  /// State from an earlier life: nothing above `last` was ever stamped on `channel`. Before `Connect` only.
  void Remember(const std::string& channel, std::int64_t last);
  /// The server's last sequence is known to be one that was stamped here.
  void TrustStream(const std::string& channel);
  /// The user goes on from the server's sequence. Takes out what is held on the channel, which is never sent.
  std::vector<PendingPublish> AdoptStream(const std::string& channel, TimePoint now, Effects& out);
  /// Answered by one `QueryDoneEffect`, over reconnects; the driver bounds the wait and cancels. A call is not made a
  /// second time: if its connection ends before the answer, that is the answer.
  void AddQuery(QueryId id, Query query, TimePoint now, Effects& out);
  void CancelQuery(QueryId id);
  /// A message to the server itself. Without a connection it is given up, and that is told.
  void SendMessage(std::string data, Effects& out);

  ConnectionState state() const { return state_; }
  bool has_unacknowledged() const { return !pump_.empty(); }
  const PublishPump& pump() const { return pump_; }
  /// When `Tick` must be called next for something to happen, and for something that failed to happen.
  std::optional<TimePoint> NextWork() const;
  std::optional<TimePoint> NextDeadline() const;

 private:
  struct Member {
    std::string channel;
    std::unique_ptr<Receiver> receiver;
    Wishes wishes;
    bool paused = false;
    /// What its receiver asks of history and has no answer to, as which request, and how often it was refused for now.
    std::optional<HistoryRequest> repair = std::nullopt;
    std::uint64_t repair_request = 0;
    std::uint32_t repair_failures = 0;
  };
  struct Channel {
    enum class Wire : std::uint8_t { kOff, kWaiting, kSubscribing, kOn, kRefused };
    Wire wire = Wire::kOff;
    std::set<SubscriptionId> members;
    std::uint64_t request = 0;
    std::optional<Position> asked;
    bool join_leave = false;
    /// What the server leaves out for us.
    std::optional<TagFilter> filter = std::nullopt;
    /// Refusals for now, and ends that came soon after a beginning, in a row.
    std::uint32_t failures = 0;
    TimePoint on_since;
    /// What the server last said of it, for those who join later.
    SubscribeReply reply;
  };
  struct OfNobody {};
  struct OfChannel {
    std::string name;
  };
  struct OfReceiver {
    SubscriptionId id;
  };
  struct OfQuery {
    QueryId id;
  };
  struct OfCheck {
    std::string channel;
  };
  /// A request that waits for its answer: whose it is.
  struct Asked {
    std::variant<OfNobody, OfChannel, OfReceiver, OfQuery, OfCheck> whose;
    TimePoint sent;
  };

  void OnConnected(TimePoint now, Effects& out);
  void OnDisconnected(const DisconnectedEvent& event, TimePoint now, std::uint64_t random, Effects& out);
  void OnReply(const ReplyEvent& reply, TimePoint now, std::uint64_t random, Effects& out);
  void OnSubscribeReply(const std::string& name, const ReplyEvent& reply, TimePoint now, std::uint64_t random,
                        Effects& out);
  void OnQueryReply(QueryId id, const ReplyEvent& reply, Effects& out);
  void OnRepairReply(SubscriptionId id, const ReplyEvent& reply, TimePoint now, std::uint64_t random, Effects& out);
  void OnPublication(const PublicationEvent& event, TimePoint now, Effects& out);
  void OnMemberChange(const std::string& name, const MemberChange& change, TimePoint now, Effects& out);
  void OnServerSubscribed(const std::string& name, TimePoint now, Effects& out);
  void OnSubscriptionEnded(const SubscriptionEndedEvent& event, TimePoint now, std::uint64_t random, Effects& out);

  void StartAttempt(Effects& out);
  void LeaveConnection();
  void Subscribe(const std::string& name, Channel& channel, TimePoint now, Effects& out);
  void SubscribeLater(const std::string& name, Channel& channel, TimePoint now, std::uint64_t random);
  void AskForRepair(SubscriptionId id, TimePoint now, Effects& out);
  TimePoint RetryAt(std::uint32_t failures, TimePoint now, std::uint64_t random) const;
  void DetachMembers(const Channel& channel);
  void ForgetRepair(SubscriptionId id);
  bool Paused(const Channel& channel) const;
  /// What all members want, if they agree.
  std::optional<TagFilter> CommonFilter(const Channel& channel) const;
  void Attach(SubscriptionId id, const SubscribeReply& reply, const std::optional<Position>& asked, TimePoint now,
              Effects& out);
  void Emit(SubscriptionId id, ReceiverOutput output, TimePoint now, Effects& out);
  void ReportToMembers(const Channel& channel, const Error& error, TimePoint now, Effects& out);
  void SendQuery(QueryId id, TimePoint now, Effects& out);
  void LoseCalls(Effects& out);
  void HoldForCheck(const std::string& channel);
  void StartChecks(TimePoint now, Effects& out);
  void AskForCheck(const std::string& channel, TimePoint now, Effects& out);
  void OnCheckReply(const std::string& channel, const ReplyEvent& reply, TimePoint now, Effects& out);
  void FinishCheck(const std::string& channel, TimePoint now, Effects& out);
  void StopStream(const std::string& channel, std::int64_t server_last, Effects& out);
  void Pump(TimePoint now, Effects& out);
  /// The refusal in a reply that is not the answer asked for.
  static ErrorReply RefusalOf(const ReplyEvent& reply);
  std::uint64_t Request(decltype(TransportRequest::body) body, Asked asked, Effects& out);
  /// Returns the request's id.
  std::uint64_t Send(decltype(TransportRequest::body) body, Effects& out);

  const Options options_;
  PublishPump pump_;
  ConnectionState state_ = ConnectionState::kIdle;
  std::uint64_t connection_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint32_t failures_ = 0;
  TimePoint connected_at_;
  std::optional<TimePoint> reconnect_at_;
  std::map<SubscriptionId, Member> members_;
  std::map<std::string, Channel, std::less<>> channels_;
  /// Channels that wait for another try (wire kWaiting), members whose repair does, and members with an open gap that
  /// closes by itself. Kept apart so that looking for the next timer does not cost more the more channels there are.
  std::map<std::string, TimePoint, std::less<>> retries_;
  std::map<SubscriptionId, TimePoint> repair_retries_;
  std::map<SubscriptionId, TimePoint> patience_ends_;
  std::map<QueryId, Query> queries_;
  struct Check {
    /// None until what is held is known.
    std::optional<StreamCheck> reader;
    std::uint64_t request = 0;
    std::uint32_t failures = 0;
  };
  std::map<std::string, Check> checks_;
  std::vector<std::string> checks_to_start_;
  /// Streams that were compared in this life; and of the others the last sequence stamped.
  std::unordered_set<std::string> trusted_;
  std::unordered_map<std::string, std::int64_t> stamped_;
  std::map<std::uint64_t, Asked> asked_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_SESSION_H_

#ifndef GAPLESS_TRANSPORT_H_
#define GAPLESS_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gapless/error.h"
#include "gapless/runtime.h"
#include "gapless/tag_filter.h"

namespace gapless {

/// A server's own place in a channel. Offsets start at 1 and grow by 1 within one epoch; an epoch names one
/// incarnation of the channel. The two move together or not at all (Centrifugo: stream position).
struct Position {
  std::uint64_t offset = 0;
  std::string epoch;

  friend bool operator==(const Position&, const Position&) = default;
};

/// One connected subscriber of a channel.
struct Presence {
  std::string client_id;
  std::string user_id;
  /// Raw JSON, or empty.
  std::string info;

  friend bool operator==(const Presence&, const Presence&) = default;
};

/// One message of a channel as the server hands it out. `offset` is 0 where the server keeps no history.
struct Publication {
  std::string data;
  std::uint64_t offset = 0;
  Tags tags = {};
  /// The client that published it. Null for the server itself, and where the transport does not tell: the hub keeps it,
  /// the wire's is not read.
  std::shared_ptr<const Presence> publisher = nullptr;
};

/// How many clients, and how many different users, are subscribed.
struct PresenceStats {
  std::size_t clients = 0;
  std::size_t users = 0;

  friend bool operator==(const PresenceStats&, const PresenceStats&) = default;
};

// ---- What a client asks of a connection. Each request names the connection it belongs to. -----------------

/// Subscribe to `channel`; with `recover`, ask for everything after that position too; with `join_leave`, be told who
/// comes and goes, where the server tells that. With `filter`, publications whose tags do not match may be left out,
/// live and recovered; a transport that cannot ask for that leaves the choice to the client.
struct SubscribeRequest {
  std::string channel;
  std::optional<Position> recover;
  bool join_leave = false;
  std::optional<TagFilter> filter = std::nullopt;
};
struct UnsubscribeRequest {
  std::string channel;
};
/// `data` is shared, never changed after it was handed over: a resend is the same bytes.
struct PublishRequest {
  std::string channel;
  std::shared_ptr<const std::string> data;
};
/// Publications after `since` (or before it, if `reverse`), at most `limit`; `limit` 0 asks for the position only.
struct HistoryRequest {
  std::string channel;
  std::size_t limit = 0;
  std::optional<Position> since;
  bool reverse = false;
};
struct PresenceRequest {
  std::string channel;
};
struct PresenceStatsRequest {
  std::string channel;
};
/// Calls a procedure of the server's. `data` is raw JSON, or empty for none.
struct RpcRequest {
  std::string method;
  std::string data;
};
/// A message to the server itself, raw JSON. It has no reply; servers without a use for it may end the connection.
struct SendRequest {
  std::string data;
};

struct TransportRequest {
  /// Chosen by the client, never 0, never repeated on a transport; the reply carries it.
  std::uint64_t id = 0;
  std::variant<SubscribeRequest, UnsubscribeRequest, PublishRequest, HistoryRequest, PresenceRequest,
               PresenceStatsRequest, RpcRequest, SendRequest>
      body;
};

// ---- What a connection reports. ---------------------------------------------------------------------------

/// What became of the wish to recover.
enum class Recovery : std::uint8_t {
  kNotAsked,
  kRecovered,     ///< Everything after the position is in `publications` (perhaps nothing).
  kNotRecovered,  ///< Something after the position is lost, or the server cannot tell.
};

struct SubscribeReply {
  /// Whether the server tracks positions here, so that a later `recover` can succeed.
  bool recoverable = false;
  /// Where the subscription now stands, `publications` not counted: after a recovery the position asked from.
  Position position;
  Recovery recovery = Recovery::kNotAsked;
  std::vector<Publication> publications;
  /// The server's wish that so much time lies between two publishes of this client on this channel (Centrifuge:
  /// `publish_debounce`); 0: none.
  std::chrono::milliseconds publish_pause{0};
};
struct UnsubscribeReply {};
/// `position` where the server tells what it gave the publication.
struct PublishReply {
  std::optional<Position> position;
};
struct HistoryReply {
  std::vector<Publication> publications;
  /// The top of the stream when the server answered.
  Position top;
};
struct PresenceReply {
  std::vector<Presence> members;
};
struct PresenceStatsReply {
  PresenceStats stats;
};
/// `data` is raw JSON, or empty for none.
struct RpcReply {
  std::string data;
};
/// The server or the wire refused. `temporary`: the same request may succeed later.
struct ErrorReply {
  Error error;
  bool temporary = false;
};

/// The connection is up; requests may be sent.
struct ConnectedEvent {
  /// The server's name for this connection, for logs; may be empty.
  std::string client_id;
};
/// The connection ended or could not be made. Everything that had arrived before was reported before.
struct DisconnectedEvent {
  Error error;
  /// Whether connecting again makes sense.
  bool reconnect = true;
};
struct ReplyEvent {
  std::uint64_t id = 0;
  std::variant<SubscribeReply, UnsubscribeReply, PublishReply, HistoryReply, PresenceReply, PresenceStatsReply,
               RpcReply, ErrorReply>
      body;
};
struct PublicationEvent {
  std::string channel;
  Publication publication;
};
/// A subscriber came to a channel (oneself included) or left it. Where `join_leave` was asked for, or the server tells
/// it to everybody.
struct JoinEvent {
  std::string channel;
  Presence member;
};
struct LeaveEvent {
  std::string channel;
  Presence member;
};
/// A message of the server itself, raw JSON.
struct MessageEvent {
  std::string data;
};
/// The server subscribed this connection to a channel by itself. A `SubscribeRequest` for it will be granted.
struct ServerSubscribedEvent {
  std::string channel;
};
/// The server ended a subscription by itself. `resubscribe`: subscribe again at once, recovering.
struct SubscriptionEndedEvent {
  std::string channel;
  Error error;
  bool resubscribe = false;
};
/// Something arrived that could not be used; the connection goes on (promise R5).
struct WarningEvent {
  Error error;
};

struct TransportEvent {
  /// The connection that it belongs to, as given to `Connect`.
  std::uint64_t connection = 0;
  std::variant<ConnectedEvent, DisconnectedEvent, ReplyEvent, PublicationEvent, JoinEvent, LeaveEvent, MessageEvent,
               ServerSubscribedEvent, SubscriptionEndedEvent, WarningEvent>
      body;
  /// As long as it lives, what this event and those before it arrived in counts as not taken over yet (see
  /// `WebSocketOptions::max_receive_queue_bytes`). Keep it until the event is handled. Often null.
  std::shared_ptr<const void> hold = nullptr;
};

/// Takes what a transport reports, in order. Called from any thread, one call at a time; returns quickly,
/// does not throw, and does not call back into the transport.
class TransportListener {
 public:
  virtual ~TransportListener() = default;
  virtual void OnTransportEvents(std::vector<TransportEvent> events) = 0;
};

struct TransportTraits {
  /// For logs and errors: "memory", "centrifuge".
  std::string name;
  /// Largest message that can be published, in bytes.
  std::size_t max_message_bytes = 0;
  bool history = false;
  /// Who is subscribed, how many, and who comes and goes.
  bool presence = false;
  /// Procedures of the server's, and messages to and from it.
  bool rpc = false;
};

/// One wire, below the client. It makes connections and carries requests; it decides nothing about retries,
/// sequences or resume, which are the client's and the same for all wires.
///
/// A transport serves one client. All members may be called from any thread, return at once, and report
/// through the listener. For each `Connect` there is at most one `ConnectedEvent` and, unless `Disconnect` or
/// `Stop` came first, exactly one `DisconnectedEvent`, which is the last event of its connection.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual TransportTraits Traits() const = 0;
  /// The runtime that a client over this transport should live on; null for the client's own choice.
  virtual std::shared_ptr<Runtime> PreferredRuntime() { return nullptr; }
  /// Called once, by the client. Throws `Error(kInvalidState)` the second time.
  virtual void Start(std::weak_ptr<TransportListener> listener) = 0;
  /// Begins connection number `connection`. An earlier one must have ended or been disconnected.
  virtual void Connect(std::uint64_t connection) = 0;
  /// Sends requests in order on `connection`; ignored if that is not the live one (its end was or will be reported).
  virtual void Send(std::uint64_t connection, std::vector<TransportRequest> requests) = 0;
  /// Ends `connection` without waiting; no event of it is reported after this returns, save one being reported.
  virtual void Disconnect(std::uint64_t connection) = 0;
  /// Ends everything: then no event is reported and nothing holds the listener. With a dead peer within seconds.
  virtual void Stop() = 0;
};

}  // namespace gapless

#endif  // GAPLESS_TRANSPORT_H_

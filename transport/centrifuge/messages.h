#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_MESSAGES_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gapless/transport.h"

namespace gapless::centrifuge {

// What a server says, one struct per message of the protocol, with the fields that we use. Absent fields and `null`
// read as the defaults below.

/// `{}`: the server asks whether we live, and shows that it does.
struct Ping {};

struct ServerError {
  std::uint32_t code = 0;
  std::string message;
  bool temporary = false;
};

/// How long what a token allows lasts.
struct TokenLife {
  bool expires = false;
  /// Seconds.
  std::uint32_t ttl = 0;

  friend bool operator==(const TokenLife&, const TokenLife&) = default;
};

struct SubscribeResult {
  TokenLife life;
  bool recoverable = false;
  bool recovered = false;
  Position position;
  std::vector<Publication> publications;
  /// Whether publications of this subscription come as JSON strings, some of which hold deltas.
  bool delta = false;
  /// Which of `publications` are deltas.
  std::set<std::size_t> deltas;
  /// The number that pushes name the channel by, if it is above 0.
  std::int64_t channel_id = 0;
  /// Milliseconds that the server wants between publishes of ours; 0: no wish.
  std::uint32_t publish_debounce = 0;
};

struct ConnectResult {
  std::string client;
  TokenLife life;
  /// Seconds between the server's pings; 0: it sends none.
  std::uint32_t ping = 0;
  /// Whether it wants an answer to each.
  bool pong = false;
  /// The channels that the server subscribed us to by itself.
  std::map<std::string, SubscribeResult> server_side;
};

/// To a refresh of the connection or of a subscription.
struct RefreshResult {
  TokenLife life;
};

/// The answer to the command of this id. Never with id 0.
struct Reply {
  std::uint32_t id = 0;
  std::variant<ServerError, ConnectResult, SubscribeResult, UnsubscribeReply, PublishReply, PresenceReply,
               PresenceStatsReply, HistoryReply, RpcReply, RefreshResult>
      body;
};

/// Whose a push is: the number counts if it is above 0, else the name.
struct PushTarget {
  std::string channel;
  std::int64_t channel_id = 0;
};

struct PublicationPush : PushTarget {
  Publication publication;
  bool delta = false;
};

/// Somebody came to a channel or left it.
struct PresencePush : PushTarget {
  bool joined = false;
  Presence member;
};

/// The server subscribed us to a channel by itself.
struct SubscribePush : PushTarget {
  bool recoverable = false;
  Position position;
};

struct MessagePush {
  std::string data;
};

struct UnsubscribePush : PushTarget {
  std::uint32_t code = 0;
  std::string reason;
};

struct DisconnectPush {
  std::uint32_t code = 0;
  std::string reason;
};

/// The connection's life was changed from elsewhere.
struct RefreshPush {
  TokenLife life;
};

/// A push that is well-formed and of no use to us: its kind as the server names it, or empty.
struct OtherPush {
  std::string kind;
};

/// JSON that is not a message of the protocol: a known field has a wrong type or appears twice, or nothing known is
/// in it.
struct Unusable {
  /// The reply's id, where it has a usable one.
  std::uint32_t id = 0;
  bool is_push = false;
  std::string why;
  std::string raw;
};

using Message = std::variant<Ping, Reply, PublicationPush, PresencePush, SubscribePush, MessagePush, UnsubscribePush,
                             DisconnectPush, RefreshPush, OtherPush, Unusable>;

/// One WebSocket message of the server, in its order.
struct DecodedFrame {
  std::vector<Message> messages;
  /// Why the rest of the frame is not JSON, one object on each line; empty if all of it is.
  std::string broken;
  /// The line that is not.
  std::string raw;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_MESSAGES_H_

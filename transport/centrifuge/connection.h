#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_CONNECTION_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gapless/transport.h"
#include "transport/centrifuge/carried.h"
#include "transport/centrifuge/channel_ids.h"
#include "transport/centrifuge/codec.h"
#include "transport/centrifuge/delta_bases.h"
#include "transport/centrifuge/server_side.h"
#include "transport/centrifuge/token_refresh.h"
#include "transport/net/websocket.h"
#include "transport/runtime/deadlines.h"

namespace gapless::centrifuge {

/// What a connection wants done, in this order. Appended to, never cleared, by the connection.
struct Output {
  /// Tokens to fetch. What comes of it goes to the store of tokens first, then to `TokenFetched`.
  std::vector<TokenOwner> fetches;
  /// The socket is wanted now.
  bool open_socket = false;
  std::vector<decltype(TransportEvent::body)> events;
  /// The next message for the socket, or empty.
  std::string frame;
  /// Set once it is over: how to leave the socket.
  std::optional<net::WebSocketConnection::Farewell> hang_up;
};

/// One connection to a server, from its attempt to its end. Pure: events come in with the time, what to do goes out;
/// no I/O, threads or clocks. Requests of several calls share a frame while the socket is busy with the one before.
///
///   state    | event                                 | next, and what is told
///   ---------+---------------------------------------+--------------------------------------------------
///   new      | start, with a token or needing none   | opening: the socket is wanted
///   new      | start                                 | fetching: a token is wanted
///   fetching | the token is there                    | opening: the socket is wanted
///   fetching | fetching it failed                    | over, DisconnectedEvent; reconnect unless kUnauthorized
///   opening  | the socket is open                    | greeting: the connect command goes out
///   greeting | connect result                        | live, ConnectedEvent
///   greeting | error                                 | over, DisconnectedEvent; reconnect by its code
///   fetching | connect_timeout since the start       | over, DisconnectedEvent, reconnect
///   opening, | connect_timeout since the socket was  | over, DisconnectedEvent, reconnect
///   greeting | wanted                                |
///   live     | nothing for the ping interval and     | over, DisconnectedEvent, reconnect
///            | max_ping_delay                        |
///   live     | request                               | a command, once the socket takes the next frame
///   live     | reply, push, ping                     | ReplyEvent, its event, a pong
///   any      | the socket ended, disconnect push     | over, DisconnectedEvent; reconnect by its code
///   any      | what is not the protocol, unanswered  | over, DisconnectedEvent, reconnect
///            | bytes above the bound                 |
///
/// Over is final: whatever comes later is ignored. What becomes of tokens once it is live is at the top of
/// connection_tokens.cc.
class Connection {
 public:
  struct Options {
    ConnectCommand connect;
    /// The server's address, for messages; without anything secret.
    std::string server;
    Duration connect_timeout;
    Duration max_ping_delay;
    std::size_t max_frame_bytes;
    /// Ask for publications as deltas.
    bool delta = false;
  };

  /// `options` and `carried` must outlive it. The token of `options.connect` is not used. `seed` feeds the jitter.
  Connection(const Options& options, Carried& carried, std::uint64_t seed)
      : options_(options), carried_(carried), refresh_(seed) {}

  void Start(TimePoint now, Output& out);
  /// A fetch for `owner` came to an end, whichever connection began it.
  void TokenFetched(const TokenOwner& owner, const FetchedToken& fetched, TimePoint now, Output& out);
  void SocketOpened(Output& out);
  /// The socket takes the next frame.
  void FrameSent(Output& out);
  void Take(DecodedFrame frame, TimePoint now, Output& out);
  void SocketEnded(const net::WebSocketEnd& end, Output& out);
  /// What has arrived and was not taken over by the client is above the transport's bound.
  void Overflowed(Output& out);
  void Ask(std::vector<TransportRequest> requests, TimePoint now, Output& out);
  void Tick(TimePoint now, Output& out);
  /// When `Tick` must be called next, unless something comes before.
  std::optional<TimePoint> NextDeadline() const;

  bool over() const { return state_ == State::kOver; }

 private:
  enum class State : std::uint8_t { kNew, kFetching, kOpening, kGreeting, kLive, kOver };

  /// A command that waits for its reply.
  struct Asked {
    TransportRequest request;
    std::size_t bytes;
    /// A subscribe that asked for deltas.
    bool delta;
  };
  /// The number of requests that are not the client's; their answers are not reported.
  static constexpr std::uint64_t kOwnRequest = 0;
  static constexpr std::uint32_t kConnectId = 1;

  void On(const Ping& ping, Output& out);
  void On(Reply& reply, Output& out);
  void On(PublicationPush& push, Output& out);
  void On(PresencePush& push, Output& out);
  void On(SubscribePush& push, Output& out);
  void On(MessagePush& push, Output& out);
  void On(UnsubscribePush& push, Output& out);
  void On(DisconnectPush& push, Output& out);
  void On(const RefreshPush& push, Output& out);
  void On(OtherPush& push, Output& out);
  void On(Unusable& unusable, Output& out);
  void OnConnectReply(Reply& reply, Output& out);
  void Answer(const Asked& asked, Reply& reply, Output& out);
  void Subscribed(const Asked& asked, SubscribeResult& result, Output& out);
  void AppendGreeting(std::string& frame);
  void BeginServerSide(std::map<std::string, SubscribeResult>& subscriptions, Output& out);
  /// Whether it is about a channel of the server's, which is not asked then.
  bool AnswerHere(const TransportRequest& request, Output& out);
  void TakeServerSide(std::uint64_t id, const SubscribeRequest& request, Output& out);
  /// Deltas of the channel do not fit: ends the subscription, so that the client makes a new one, without deltas.
  void LeaveUndecodable(const std::string& channel);
  /// An unsubscribe is done.
  void Left(const std::string& channel);
  void Forget(const std::string& channel);
  /// Makes the channel's name of its number, if that is what came. False, with a warning, if the push is nobody's.
  bool FindChannel(PushTarget& target, const char* what, Output& out);

  void OpenSocket(Output& out);
  void Fetch(const TokenOwner& owner, Output& out);
  /// Keeps a subscribe until its token is there. False if it can go out now.
  bool HoldForToken(TransportRequest& request, Output& out);
  void RefuseHeld(const std::string& channel, const Error& error, bool temporary, Output& out);
  void LeaveToken(const std::string& channel, Output& out);
  void Refreshed(const TokenOwner& owner, const FetchedToken& fetched, Output& out);
  void RefreshFailed(const TokenOwner& owner, const Error& error, Output& out);
  /// It will not be refreshed any more: ends what it belongs to.
  void RefreshRefused(const TokenOwner& owner, Error error, Output& out);
  void OnRefreshReply(std::uint32_t id, const TokenOwner& owner, const Reply& reply, Output& out);
  void SubscribeRefused(const std::string& channel, ErrorReply& refusal);
  void TickTokens(Output& out);
  /// What the end of the connection says of the token that it was made with.
  void LearnFromEnd(std::uint32_t server_code);

  void Warn(const Error& error, Output& out);
  /// The first of each kind is reported; the rest would only repeat it.
  void WarnOfKind(const std::string& kind, const std::string& message, Output& out);

  void Flush(Output& out);
  // False if the frame is full.
  bool AddRefresh(std::string& frame, Output& out);
  bool AddCommand(std::string& frame, Output& out);
  void End(DisconnectedEvent event, net::WebSocketConnection::Farewell farewell, Output& out);

  std::uint32_t NextId() const;
  std::optional<TimePoint> OwnDeadline() const;

  const Options& options_;
  Carried& carried_;
  /// What the greeting asked to go on from.
  std::map<std::string, Position> server_side_asked_;
  State state_ = State::kNew;
  /// Of the step under way.
  TimePoint now_;
  TimePoint deadline_;
  bool deadline_was_late_ = false;
  /// Nothing, or how long the server may be silent.
  std::optional<Duration> allowed_silence_;
  bool answers_pings_ = false;

  bool sending_ = false;
  std::size_t pongs_due_ = 0;
  std::deque<TransportRequest> waiting_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, Asked> asked_;
  std::size_t unanswered_bytes_ = 0;
  /// Unsubscribes that have no answer yet. What the server pushes meanwhile is of nobody any more.
  std::unordered_map<std::string, std::size_t> leaving_;
  /// Channels whose subscription the client asked for.
  std::set<std::string> subscribed_;
  ChannelIds ids_;
  DeltaBases deltas_;

  TokenRefresh refresh_;
  /// Those whose refresh waits for the socket, and those that wait for a reply, by the command's id.
  std::deque<TokenOwner> refreshes_;
  std::unordered_map<std::uint32_t, TokenOwner> refreshing_;
  /// Subscribes that wait for a token, by channel, and for how long.
  std::unordered_map<std::string, TransportRequest> held_;
  internal::Deadlines held_until_;

  std::size_t warnings_ = 0;
  std::set<std::string> reported_kinds_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_CONNECTION_H_

#include "transport/centrifuge/connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "envelope/quoted.h"
#include "transport/centrifuge/answers.h"
#include "transport/centrifuge/codes.h"

namespace gapless::centrifuge {
namespace {

using Farewell = net::WebSocketConnection::Farewell;
using internal::QuotedExcerpt;

// No engine tells what has really left the machine, so a server that answers nothing is given no more than this.
constexpr std::size_t kMaxUnansweredBytes = 4 * 1024 * 1024;
// A server that sends more that cannot be used than this does not speak the protocol.
constexpr std::size_t kMaxWarnings = 1'000;
constexpr std::size_t kMaxReportedKinds = 16;
// Longer intervals are as good as none; the bound keeps the arithmetic of time in range.
constexpr std::chrono::hours kMaxPingInterval{24};
// A timer that comes this late was held up together with the whole process (suspended, a debugger). What the server
// sent meanwhile still waits in the socket, and is given as much time again to come out.
constexpr Duration kTimerIsLate = std::chrono::seconds{1};

std::string Seconds(Duration span) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  return std::to_string(milliseconds) + " ms";
}

DisconnectedEvent EndOf(const net::WebSocketEnd& end, const std::string& server) {
  using Cause = net::WebSocketEnd::Cause;
  const std::string detail = end.detail.empty() ? std::string() : ": " + end.detail;
  switch (end.cause) {
    case Cause::kConnectFailed:
      return {Error(Errc::kConnectFailed, "could not open a WebSocket to " + server + detail), true};
    case Cause::kClosedByPeer:
      return DisconnectFrom(end.code, end.reason);
    case Cause::kMessageTooLarge:
      return {Error(Errc::kTooLarge, server + " sent more in one message than can be taken" + detail), true};
    case Cause::kPeerViolation:
      return {Error(Errc::kProtocol, server + " broke the WebSocket protocol" + detail), true};
    case Cause::kLost:
      break;
  }
  return {Error(Errc::kConnectionLost, "the connection to " + server + " broke off" + detail), true};
}

}  // namespace

void Connection::SocketOpened(Output& out) {
  if (state_ != State::kOpening) return;
  state_ = State::kGreeting;
  sending_ = true;
  last_id_ = kConnectId;
  AppendGreeting(out.frame);
  if (out.frame.size() <= options_.max_frame_bytes) return;
  End({Error(Errc::kTooLarge, "the connect command with its token takes " + std::to_string(out.frame.size()) +
                                  " bytes, and WebSocketOptions::max_frame_bytes is " +
                                  std::to_string(options_.max_frame_bytes)),
       false},
      Farewell::kPolite, out);
}

void Connection::FrameSent(Output& out) {
  sending_ = false;
  Flush(out);
}

void Connection::Take(DecodedFrame frame, TimePoint now, Output& out) {
  now_ = now;
  const bool alive = !frame.messages.empty();
  for (Message& message : frame.messages) {
    if (over()) return;
    std::visit([&](auto& body) { On(body, out); }, message);
  }
  if (over()) return;
  if (!frame.broken.empty()) {
    End({Error(Errc::kProtocol, options_.server + " sent what is not the Centrifuge protocol: " + frame.broken)
             .WithRaw(std::move(frame.raw)),
         true},
        Farewell::kAbrupt, out);
    return;
  }
  if (alive && allowed_silence_) {
    deadline_ = now + *allowed_silence_;
    deadline_was_late_ = false;
  }
  Flush(out);
}

void Connection::On(const Ping&, Output&) {
  if (state_ == State::kLive && answers_pings_) ++pongs_due_;
}

void Connection::On(Reply& reply, Output& out) {
  if (state_ == State::kGreeting && reply.id == kConnectId) {
    OnConnectReply(reply, out);
    return;
  }
  if (const auto refreshing = refreshing_.find(reply.id); refreshing != refreshing_.end()) {
    const TokenOwner owner = std::move(refreshing->second);
    refreshing_.erase(refreshing);
    OnRefreshReply(reply.id, owner, reply, out);
    return;
  }
  const auto found = asked_.find(reply.id);
  if (found == asked_.end()) {
    Warn(Error(Errc::kProtocol, "the server answered a request that was not asked: id " + std::to_string(reply.id)),
         out);
    return;
  }
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  unanswered_bytes_ -= asked.bytes;
  Answer(asked, reply, out);
}

void Connection::OnConnectReply(Reply& reply, Output& out) {
  if (const auto* error = std::get_if<ServerError>(&reply.body)) {
    DisconnectedEvent refusal = ConnectRefusalFrom(*error);
    const bool expired = error->code == kTokenExpired && carried_.tokens.CanFetch(kConnectionToken);
    refusal.reconnect = refusal.reconnect || expired;
    End(std::move(refusal), Farewell::kPolite, out);
    return;
  }
  auto* result = std::get_if<ConnectResult>(&reply.body);
  if (result == nullptr) {
    End({Error(Errc::kProtocol, options_.server + " answered the connect command with something else"), true},
        Farewell::kAbrupt, out);
    return;
  }
  state_ = State::kLive;
  carried_.tokens.BeginConnection();
  if (carried_.tokens.CanFetch(kConnectionToken)) refresh_.Granted(kConnectionToken, result->life, now_);
  answers_pings_ = result->pong;
  if (result->ping > 0) {
    allowed_silence_ =
        std::min<Duration>(std::chrono::seconds{result->ping}, kMaxPingInterval) + options_.max_ping_delay;
  }
  out.events.emplace_back(ConnectedEvent{std::move(result->client)});
  BeginServerSide(result->server_side, out);
}

void Connection::On(DisconnectPush& push, Output& out) {
  End(DisconnectFrom(push.code, push.reason), Farewell::kPolite, out);
}

void Connection::On(OtherPush& push, Output& out) {
  // Nothing that was asked for is lost with these.
  WarnOfKind(push.kind, "the server pushed something of kind " + QuotedExcerpt(push.kind) + ", which is not delivered",
             out);
}

void Connection::On(Unusable& unusable, Output& out) {
  Error error(Errc::kProtocol, options_.server + " sent a message that cannot be used: " + unusable.why);
  error.WithRaw(std::move(unusable.raw));
  const bool awaited = asked_.contains(unusable.id) || refreshing_.contains(unusable.id) ||
                       (state_ == State::kGreeting && unusable.id == kConnectId);
  if (!unusable.is_push && awaited) {
    End({std::move(error), true}, Farewell::kAbrupt, out);
  } else {
    Warn(error, out);
  }
}

void Connection::Warn(const Error& error, Output& out) {
  out.events.emplace_back(WarningEvent{error});
  if (++warnings_ < kMaxWarnings) return;
  End({Error(Errc::kProtocol, options_.server + " keeps sending what cannot be used"), true}, Farewell::kAbrupt, out);
}

void Connection::WarnOfKind(const std::string& kind, const std::string& message, Output& out) {
  if (reported_kinds_.size() >= kMaxReportedKinds || !reported_kinds_.insert(kind).second) return;
  Warn(Error(Errc::kNotSupported, message), out);
}

void Connection::SocketEnded(const net::WebSocketEnd& end, Output& out) {
  if (!over()) End(EndOf(end, options_.server), Farewell::kAbrupt, out);
}

void Connection::Overflowed(Output& out) {
  if (over()) return;
  End({Error(Errc::kSlowConsumer,
             "more arrived than the client took over; handlers are slower than the stream, or "
             "WebSocketOptions::max_receive_queue_bytes is small"),
       true},
      Farewell::kAbrupt, out);
}

void Connection::Ask(std::vector<TransportRequest> requests, TimePoint now, Output& out) {
  if (over()) return;
  now_ = now;
  for (TransportRequest& request : requests) {
    if (const auto* leaving = std::get_if<UnsubscribeRequest>(&request.body)) {
      ++leaving_[leaving->channel];
      LeaveToken(leaving->channel, out);
    }
    if (!HoldForToken(request, out)) waiting_.push_back(std::move(request));
  }
  Flush(out);
}

void Connection::Tick(TimePoint now, Output& out) {
  if (over()) return;
  now_ = now;
  TickTokens(out);
  const auto deadline = OwnDeadline();
  if (!deadline || now < *deadline) return;
  if (state_ == State::kFetching) {
    End({Error(Errc::kTimeout, "WebSocketOptions::get_token did not return within " +
                                   Seconds(options_.connect_timeout) +
                                   "; what it returns later serves the next attempt"),
         true},
        Farewell::kAbrupt, out);
    return;
  }
  if (state_ != State::kLive) {
    End({Error(Errc::kTimeout,
               options_.server + " did not complete the connection within " + Seconds(options_.connect_timeout)),
         true},
        Farewell::kAbrupt, out);
    return;
  }
  if (!deadline_was_late_ && now - *deadline > kTimerIsLate) {
    deadline_was_late_ = true;
    deadline_ = now + kTimerIsLate;
    return;
  }
  End({Error(Errc::kConnectionLost, "no ping came from " + options_.server + " for " + Seconds(*allowed_silence_)),
       true},
      Farewell::kAbrupt, out);
}

std::optional<TimePoint> Connection::OwnDeadline() const {
  if (over() || (state_ == State::kLive && !allowed_silence_)) return std::nullopt;
  return deadline_;
}

std::optional<TimePoint> Connection::NextDeadline() const {
  if (over()) return std::nullopt;
  std::optional<TimePoint> next = OwnDeadline();
  for (const auto& other : {refresh_.NextDeadline(), held_until_.Earliest()}) {
    if (other && (!next || *other < *next)) next = other;
  }
  return next;
}

std::uint32_t Connection::NextId() const {
  return last_id_ == std::numeric_limits<std::uint32_t>::max() ? 1 : last_id_ + 1;
}

void Connection::Flush(Output& out) {
  if (state_ != State::kLive || sending_) return;
  constexpr std::size_t kPongBytes = 3;
  while (pongs_due_ > 0 && out.frame.size() + kPongBytes <= options_.max_frame_bytes) {
    AppendPong(out.frame);
    --pongs_due_;
  }
  while (!refreshes_.empty() && AddRefresh(out.frame, out)) {
  }
  if (over()) return;
  while (!waiting_.empty() && unanswered_bytes_ < kMaxUnansweredBytes && AddCommand(out.frame, out)) {
  }
  sending_ = !out.frame.empty();
}

bool Connection::AddCommand(std::string& frame, Output& out) {
  TransportRequest& request = waiting_.front();
  if (AnswerHere(request, out)) {
    waiting_.pop_front();
    return true;
  }
  const std::size_t before = frame.size();
  const std::uint32_t id = NextId();
  SubscribeWishes wishes{.channel_id = true};
  if (auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
    wishes.token = carried_.tokens.Use(subscribe->channel);
    // A server does one or the other, and Centrifugo deltas where it is asked for both.
    wishes.delta = options_.delta && !subscribe->filter && !deltas_.GivenUp(subscribe->channel);
    if (subscribe->recover && carried_.outdated.Contains(subscribe->channel)) subscribe->recover = {0, kNoEpoch};
  }
  AppendRequest(frame, id, request.body, wishes);
  const std::size_t bytes = frame.size() - before;
  if (frame.size() > options_.max_frame_bytes) {
    frame.resize(before);
    if (before > 0) return false;
    Error error(Errc::kTooLarge, "a " + std::string(NameOf(request)) + " takes " + std::to_string(bytes) +
                                     " bytes, and WebSocketOptions::max_frame_bytes is " +
                                     std::to_string(options_.max_frame_bytes));
    error.WithChannel(ChannelOf(request));
    if (std::holds_alternative<SendRequest>(request.body)) {
      Warn(error, out);
      waiting_.pop_front();
      return !over();
    }
    if (std::holds_alternative<UnsubscribeRequest>(request.body)) Left(ChannelOf(request));
    out.events.emplace_back(ReplyEvent{request.id, ErrorReply{std::move(error), false}});
  } else if (!std::holds_alternative<SendRequest>(request.body)) {
    last_id_ = id;
    unanswered_bytes_ += bytes;
    asked_.emplace(id, Asked{std::move(request), bytes, wishes.delta});
  }
  waiting_.pop_front();
  return true;
}

void Connection::End(DisconnectedEvent event, Farewell farewell, Output& out) {
  state_ = State::kOver;
  LearnFromEnd(event.error.server_code());
  out.events.emplace_back(std::move(event));
  out.frame.clear();
  out.hang_up = farewell;
  waiting_.clear();
  held_.clear();
  refreshes_.clear();
  asked_.clear();
}

}  // namespace gapless::centrifuge

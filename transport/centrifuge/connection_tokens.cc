// The connection's half that knows tokens.
//
//   event                                         | what follows
//   ----------------------------------------------+--------------------------------------------------------------
//   a subscribe, and no token that can be used    | it waits for one; after kSubscribePatience, or if fetching it
//                                                 | fails, it is refused (for good if kUnauthorized)
//   a token's time to be refreshed has come       | it is fetched, unless it is being fetched already
//   a token for a refresh was fetched             | the refresh goes out
//   fetching it failed, the server refuses for    | WarningEvent; once more later
//   now                                           |
//   kUnauthorized, an empty token, or the server  | the connection: over, DisconnectedEvent, no reconnect; a
//   refuses                                       | subscription: unsubscribed, SubscriptionEndedEvent
//   error 109 at connect, close 3005, close 3500  | the connection's token is fetched before the next attempt
//   error 109 at subscribe, unsubscribe push 2501 | refused for now, or ended to come again: with a new token
//   close 3014, unsubscribe push 2502             | the same, and positions from before are not recovered from

#include <chrono>
#include <utility>

#include "transport/centrifuge/answers.h"
#include "transport/centrifuge/codes.h"
#include "transport/centrifuge/connection.h"

namespace gapless::centrifuge {
namespace {

using Farewell = net::WebSocketConnection::Farewell;

/// Well below any patience of the client for an answer, which would cost the connection.
constexpr std::chrono::seconds kSubscribePatience{3};

const char* OptionOf(const TokenOwner& owner) {
  return owner.empty() ? "WebSocketOptions::get_token" : "WebSocketOptions::get_subscription_token";
}

}  // namespace

void Connection::Start(TimePoint now, Output& out) {
  if (state_ != State::kNew) return;
  now_ = now;
  if (carried_.tokens.Ready(kConnectionToken)) return OpenSocket(out);
  state_ = State::kFetching;
  deadline_ = now_ + options_.connect_timeout;
  Fetch(kConnectionToken, out);
}

void Connection::OpenSocket(Output& out) {
  state_ = State::kOpening;
  deadline_ = now_ + options_.connect_timeout;
  out.open_socket = true;
}

void Connection::Fetch(const TokenOwner& owner, Output& out) {
  if (carried_.tokens.BeginFetch(owner)) out.fetches.push_back(owner);
}

void Connection::TokenFetched(const TokenOwner& owner, const FetchedToken& fetched, TimePoint now, Output& out) {
  if (over()) return;
  now_ = now;
  if (state_ == State::kFetching && owner == kConnectionToken) {
    if (fetched.failure) return End({*fetched.failure, !fetched.lasting()}, Farewell::kAbrupt, out);
    return OpenSocket(out);
  }
  if (refresh_.Awaits(owner)) Refreshed(owner, fetched, out);
  if (over()) return;
  if (fetched.failure) {
    RefuseHeld(owner, *fetched.failure, !fetched.lasting(), out);
  } else if (const auto held = held_.find(owner); held != held_.end()) {
    waiting_.push_back(std::move(held->second));
    held_.erase(held);
    held_until_.Erase(owner);
  }
  Flush(out);
}

bool Connection::HoldForToken(TransportRequest& request, Output& out) {
  const auto* subscribe = std::get_if<SubscribeRequest>(&request.body);
  if (subscribe == nullptr || subscribe->channel.empty() || carried_.tokens.Ready(subscribe->channel)) return false;
  const std::string channel = subscribe->channel;
  RefuseHeld(channel, Error(Errc::kCancelled, "the client asked for the subscription again"), true, out);
  held_.emplace(channel, std::move(request));
  held_until_.Set(channel, now_ + kSubscribePatience);
  Fetch(channel, out);
  return true;
}

void Connection::RefuseHeld(const std::string& channel, const Error& error, bool temporary, Output& out) {
  const auto held = held_.find(channel);
  if (held == held_.end()) return;
  Error refusal = error;
  refusal.WithChannel(channel);
  out.events.emplace_back(ReplyEvent{held->second.id, ErrorReply{std::move(refusal), temporary}});
  held_.erase(held);
  held_until_.Erase(channel);
}

void Connection::LeaveToken(const std::string& channel, Output& out) {
  refresh_.Stop(channel);
  carried_.tokens.Drop(channel);
  RefuseHeld(channel, Error(Errc::kCancelled, "the client unsubscribed before the token was there"), true, out);
}

void Connection::SubscribeRefused(const std::string& channel, ErrorReply& refusal) {
  if (!carried_.tokens.CanFetch(channel)) return;
  if (refusal.error.server_code() == kTokenExpired) {
    carried_.tokens.Refuse(channel);
    refusal.temporary = true;
  } else if (!refusal.temporary) {
    carried_.tokens.Drop(channel);
  }
}

void Connection::Refreshed(const TokenOwner& owner, const FetchedToken& fetched, Output& out) {
  if (fetched.lasting()) return RefreshRefused(owner, *fetched.failure, out);
  if (fetched.failure) return RefreshFailed(owner, *fetched.failure, out);
  if (!fetched.token.empty()) return refreshes_.push_back(owner);
  RefreshRefused(owner,
                 Error(Errc::kUnauthorized,
                       std::string("the token is about to expire, and ") + OptionOf(owner) + " returned no new one"),
                 out);
}

void Connection::RefreshFailed(const TokenOwner& owner, const Error& error, Output& out) {
  refresh_.RetryLater(owner, now_);
  Error warning = error;
  out.events.emplace_back(WarningEvent{warning.WithChannel(owner)});
}

void Connection::RefreshRefused(const TokenOwner& owner, Error error, Output& out) {
  if (owner == kConnectionToken) return End({std::move(error), false}, Farewell::kPolite, out);
  refresh_.Stop(owner);
  carried_.tokens.Drop(owner);
  if (leaving_.contains(owner)) return;  // The client knows that it is over.
  leaving_.emplace(owner, 1);
  waiting_.push_front({kOwnRequest, UnsubscribeRequest{owner}});
  error.WithChannel(owner);
  out.events.emplace_back(SubscriptionEndedEvent{owner, std::move(error), false});
}

bool Connection::AddRefresh(std::string& frame, Output& out) {
  const TokenOwner owner = refreshes_.front();
  if (!refresh_.Awaits(owner)) {
    refreshes_.pop_front();
    return true;
  }
  const std::size_t before = frame.size();
  const std::uint32_t id = NextId();
  AppendRefresh(frame, id, owner, carried_.tokens.Use(owner));
  const std::size_t bytes = frame.size() - before;
  if (frame.size() > options_.max_frame_bytes) {
    frame.resize(before);
    if (before > 0) return false;
    refreshes_.pop_front();
    RefreshRefused(owner,
                   Error(Errc::kTooLarge, "a refresh with its token takes " + std::to_string(bytes) +
                                              " bytes, and WebSocketOptions::max_frame_bytes is " +
                                              std::to_string(options_.max_frame_bytes)),
                   out);
    return !over();
  }
  last_id_ = id;
  refresh_.Sending(owner, id);
  refreshing_.emplace(id, owner);
  refreshes_.pop_front();
  return true;
}

void Connection::OnRefreshReply(std::uint32_t id, const TokenOwner& owner, const Reply& reply, Output& out) {
  if (!refresh_.Answered(owner, id)) return;
  if (const auto* error = std::get_if<ServerError>(&reply.body)) {
    const ErrorReply refusal =
        RefusalFrom(*error, owner.empty() ? "refresh of the connection" : "refresh of the token");
    if (refusal.temporary) return RefreshFailed(owner, refusal.error, out);
    carried_.tokens.Refuse(owner);
    return RefreshRefused(owner, refusal.error, out);
  }
  if (const auto* result = std::get_if<RefreshResult>(&reply.body)) return refresh_.Granted(owner, result->life, now_);
  End({Error(Errc::kProtocol, options_.server + " answered a refresh with something else").WithChannel(owner), true},
      Farewell::kAbrupt, out);
}

void Connection::On(const RefreshPush& push, Output&) {
  if (state_ == State::kLive && carried_.tokens.CanFetch(kConnectionToken)) {
    refresh_.Granted(kConnectionToken, push.life, now_);
  }
}

void Connection::TickTokens(Output& out) {
  for (const TokenOwner& owner : refresh_.TakeDue(now_)) Fetch(owner, out);
  for (const std::string& channel : held_until_.TakeDue(now_)) {
    RefuseHeld(channel,
               Error(Errc::kTimeout,
                     "WebSocketOptions::get_subscription_token has not returned yet; what it returns "
                     "serves the next try"),
               true, out);
  }
}

void Connection::LearnFromEnd(std::uint32_t server_code) {
  switch (server_code) {
    case kTokenExpired:
    case kConnectionExpired:
    case kInvalidToken:
      carried_.tokens.Refuse(kConnectionToken);
      return;
    case kConnectionInvalidated:
      carried_.tokens.DropAll();
      carried_.outdated.AddAll();
      return;
    default:
      return;
  }
}

}  // namespace gapless::centrifuge

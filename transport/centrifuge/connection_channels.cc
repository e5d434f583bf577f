// The connection's half that knows the channels: what becomes of subscriptions, and whose a push is.

#include <utility>

#include "envelope/quoted.h"
#include "transport/centrifuge/answers.h"
#include "transport/centrifuge/codes.h"
#include "transport/centrifuge/connection.h"

namespace gapless::centrifuge {

using Farewell = net::WebSocketConnection::Farewell;

namespace {
constexpr std::uint32_t kAlreadySubscribed = 105;
}  // namespace

void Connection::Answer(const Asked& asked, Reply& reply, Output& out) {
  const TransportRequest& request = asked.request;
  if (const auto* error = std::get_if<ServerError>(&reply.body)) {
    const auto* subscribe = std::get_if<SubscribeRequest>(&request.body);
    // The server subscribed us by itself before the command reached it.
    if (subscribe != nullptr && error->code == kAlreadySubscribed &&
        carried_.server_side.Contains(subscribe->channel)) {
      TakeServerSide(request.id, *subscribe, out);
      return;
    }
    ErrorReply refusal = RefusalFrom(*error, NameOf(request));
    refusal.error.WithChannel(ChannelOf(request));
    if (std::holds_alternative<SubscribeRequest>(request.body)) SubscribeRefused(ChannelOf(request), refusal);
    if (request.id != kOwnRequest) out.events.emplace_back(ReplyEvent{request.id, std::move(refusal)});
    if (std::holds_alternative<UnsubscribeRequest>(request.body)) {
      End({Error(Errc::kServerRefused,
                 "the server did not end a subscription when asked; only a new connection is sure not to have it")
               .WithChannel(ChannelOf(request))
               .WithServerCode(error->code),
           true},
          Farewell::kPolite, out);
    }
    return;
  }
  auto* subscribed = std::get_if<SubscribeResult>(&reply.body);
  if (subscribed != nullptr && std::holds_alternative<SubscribeRequest>(request.body)) {
    Subscribed(asked, *subscribed, out);
    return;
  }
  auto result = ResultFor(request, reply);
  if (result) {
    if (std::holds_alternative<UnsubscribeRequest>(request.body)) Left(ChannelOf(request));
    if (request.id != kOwnRequest) out.events.emplace_back(ReplyEvent{request.id, std::move(*result)});
    return;
  }
  End({Error(Errc::kProtocol, options_.server + " answered a " + NameOf(request) + " with something else")
           .WithChannel(ChannelOf(request)),
       true},
      Farewell::kAbrupt, out);
}

void Connection::Subscribed(const Asked& asked, SubscribeResult& result, Output& out) {
  const auto& request = std::get<SubscribeRequest>(asked.request.body);
  carried_.server_side.Remove(request.channel);
  subscribed_.insert(request.channel);
  if (carried_.tokens.CanFetch(request.channel)) refresh_.Granted(request.channel, result.life, now_);
  // Where the server was asked for what does not exist, it cannot have found it.
  if (carried_.outdated.Contains(request.channel)) result.recovered = false;
  carried_.outdated.Renew(request.channel);
  ids_.Set(request.channel, result.channel_id);
  deltas_.Begin(request.channel, asked.delta && result.delta);
  try {
    for (std::size_t index = 0; index < result.publications.size(); ++index) {
      deltas_.Decode(request.channel, result.deltas.contains(index), result.publications[index]);
    }
  } catch (const Error& undecodable) {
    ErrorReply refusal{undecodable, true};
    refusal.error.WithChannel(request.channel);
    LeaveUndecodable(request.channel);
    out.events.emplace_back(ReplyEvent{asked.request.id, std::move(refusal)});
    return;
  }
  out.events.emplace_back(ReplyEvent{asked.request.id, Accepted(request, result)});
}

void Connection::LeaveUndecodable(const std::string& channel) {
  deltas_.GiveUp(channel);
  // Behind an unsubscribe that is on its way, another one could end the subscription after it.
  if (leaving_.contains(channel)) return;
  leaving_.emplace(channel, 1);
  waiting_.push_front({kOwnRequest, UnsubscribeRequest{channel}});
}

void Connection::Left(const std::string& channel) {
  const auto leaving = leaving_.find(channel);
  if (leaving != leaving_.end() && --leaving->second == 0) leaving_.erase(leaving);
  Forget(channel);
}

void Connection::Forget(const std::string& channel) {
  subscribed_.erase(channel);
  deltas_.Forget(channel);
  ids_.Forget(channel);
  refresh_.Stop(channel);
}

bool Connection::FindChannel(PushTarget& target, const char* what, Output& out) {
  if (target.channel_id > 0) {
    const std::string* name = ids_.Find(target.channel_id);
    if (name != nullptr) target.channel = *name;
    if (name == nullptr && target.channel.empty()) {
      WarnOfKind("id",
                 "the server names a channel by a number that it has not given to any; what it pushes so is dropped",
                 out);
      return false;
    }
  }
  if (!target.channel.empty()) return true;
  Warn(Error(Errc::kProtocol, "the server pushed " + std::string(what) + " without saying of which channel"), out);
  return false;
}

void Connection::On(PublicationPush& push, Output& out) {
  if (!FindChannel(push, "a publication", out)) return;
  if (carried_.server_side.Contains(push.channel) && !carried_.server_side.Deliver(push.channel, push.publication)) {
    if (carried_.server_side.dropped() == 0) return;
    WarnOfKind("server-side",
               "the server subscribed this client by itself to a channel that nobody here subscribes to, such as " +
                   internal::QuotedExcerpt(push.channel) + "; what is published there is dropped",
               out);
    return;
  }
  if (leaving_.contains(push.channel)) return;
  try {
    deltas_.Decode(push.channel, push.delta, push.publication);
  } catch (const Error& undecodable) {
    LeaveUndecodable(push.channel);
    Error error = undecodable;
    error.WithChannel(push.channel).WithRaw(std::move(push.publication.data));
    out.events.emplace_back(SubscriptionEndedEvent{std::move(push.channel), std::move(error), true});
    return;
  }
  out.events.emplace_back(PublicationEvent{std::move(push.channel), std::move(push.publication)});
}

void Connection::On(PresencePush& push, Output& out) {
  if (!FindChannel(push, "who came or left", out) || leaving_.contains(push.channel)) return;
  if (carried_.server_side.Contains(push.channel) && !carried_.server_side.IsTaken(push.channel)) return;
  if (push.joined) {
    out.events.emplace_back(JoinEvent{std::move(push.channel), std::move(push.member)});
  } else {
    out.events.emplace_back(LeaveEvent{std::move(push.channel), std::move(push.member)});
  }
}

void Connection::On(SubscribePush& push, Output& out) {
  if (!FindChannel(push, "a subscription", out)) return;
  if (subscribed_.contains(push.channel) || carried_.server_side.Contains(push.channel)) {
    Warn(Error(Errc::kProtocol, "the server subscribed this client to a channel that it is subscribed to already")
             .WithChannel(push.channel),
         out);
    return;
  }
  carried_.server_side.Add(push.channel, push.recoverable, push.position);
  out.events.emplace_back(ServerSubscribedEvent{std::move(push.channel)});
}

void Connection::On(MessagePush& push, Output& out) { out.events.emplace_back(MessageEvent{std::move(push.data)}); }

void Connection::AppendGreeting(std::string& frame) {
  ConnectCommand connect = options_.connect;
  connect.token = carried_.tokens.Use(kConnectionToken);
  connect.recover = carried_.server_side.Places();
  server_side_asked_ = connect.recover;
  AppendConnect(frame, kConnectId, connect);
  if (frame.size() <= options_.max_frame_bytes) return;
  // Without them the channels are there as well, and what was missed is looked for in the history.
  server_side_asked_.clear();
  connect.recover.clear();
  frame.clear();
  AppendConnect(frame, kConnectId, connect);
}

void Connection::BeginServerSide(std::map<std::string, SubscribeResult>& subscriptions, Output& out) {
  for (const std::string& channel : carried_.server_side.Begin(server_side_asked_, std::move(subscriptions))) {
    Warn(Error(Errc::kServerRefused,
               "the server no longer subscribes this client to the channel by itself; it is asked for a subscription")
             .WithChannel(channel),
         out);
  }
}

bool Connection::AnswerHere(const TransportRequest& request, Output& out) {
  if (!carried_.server_side.Contains(ChannelOf(request))) return false;
  if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
    TakeServerSide(request.id, *subscribe, out);
    return true;
  }
  if (const auto* unsubscribe = std::get_if<UnsubscribeRequest>(&request.body)) {
    // It could not be had again by asking for it.
    carried_.server_side.Release(unsubscribe->channel);
    Left(unsubscribe->channel);
    out.events.emplace_back(ReplyEvent{request.id, UnsubscribeReply{}});
    return true;
  }
  return false;
}

void Connection::TakeServerSide(std::uint64_t id, const SubscribeRequest& request, Output& out) {
  SubscribeRequest wanted = request;
  if (wanted.recover && carried_.outdated.Contains(request.channel)) wanted.recover = {0, kNoEpoch};
  carried_.outdated.Renew(request.channel);
  ServerSide::Answer answer = carried_.server_side.Take(wanted);
  out.events.emplace_back(ReplyEvent{id, std::move(answer.reply)});
  for (Publication& publication : answer.publications) {
    out.events.emplace_back(PublicationEvent{request.channel, std::move(publication)});
  }
}

void Connection::On(UnsubscribePush& push, Output& out) {
  if (!FindChannel(push, "the end of a subscription", out)) return;
  if (carried_.server_side.Contains(push.channel) && !carried_.server_side.Remove(push.channel)) return;
  Forget(push.channel);
  if (push.code == kSubscriptionExpired) carried_.tokens.Refuse(push.channel);
  if (push.code == kSubscriptionInvalidated) {
    carried_.tokens.Drop(push.channel);
    carried_.outdated.Add(push.channel);
  }
  out.events.emplace_back(UnsubscribeFrom(push));
}

}  // namespace gapless::centrifuge

#include "client/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/backoff.h"
#include "client/deadline.h"

namespace gapless::internal {
namespace {

template <typename T>
void KeepEarliest(std::optional<TimePoint>& earliest, const std::optional<T>& candidate) {
  if (candidate && (!earliest || *candidate < *earliest)) earliest = *candidate;
}

/// Takes out and returns the keys whose time has come.
template <typename Times>
std::vector<typename Times::key_type> TakeDue(Times& times, TimePoint now) {
  std::vector<typename Times::key_type> due;
  for (auto it = times.begin(); it != times.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    due.push_back(it->first);
    it = times.erase(it);
  }
  return due;
}

/// The answer of that kind, or nothing.
template <typename Answer>
std::optional<QueryAnswer> AnswerIn(const ReplyEvent& reply) {
  const auto* answer = std::get_if<Answer>(&reply.body);
  return answer == nullptr ? std::nullopt : std::optional<QueryAnswer>(*answer);
}

}  // namespace

void Session::Connect(TimePoint now, Effects& out) {
  if (state_ == ConnectionState::kConnecting || state_ == ConnectionState::kConnected) return;
  failures_ = 0;
  state_ = ConnectionState::kConnecting;
  out.push_back(StateEffect{state_, std::nullopt});
  reconnect_at_ = now;
  StartAttempt(out);
}

void Session::StartAttempt(Effects& out) {
  reconnect_at_.reset();
  out.push_back(ConnectEffect{++connection_});
}

Session::Left Session::Close(Effects& out) {
  const bool attempting = state_ == ConnectionState::kConnecting && !reconnect_at_;
  if (attempting || state_ == ConnectionState::kConnected) out.push_back(DisconnectEffect{connection_});
  LeaveConnection();
  ++connection_;
  reconnect_at_.reset();
  members_.clear();
  channels_.clear();
  patience_ends_.clear();
  for (const auto& [id, query] : queries_) {
    out.push_back(QueryDoneEffect{id, Error(Errc::kClosed, "the client was closed before the server answered")});
  }
  queries_.clear();
  if (state_ != ConnectionState::kClosed) {
    state_ = ConnectionState::kClosed;
    out.push_back(StateEffect{state_, std::nullopt});
  }
  Left left;
  left.lost = pump_.TakeVolatile();
  left.waited_for = pump_.TakeWaiters();
  return left;
}

void Session::LeaveConnection() {
  asked_.clear();
  retries_.clear();
  checks_.clear();
  checks_to_start_.clear();
  pump_.ConnectionLost();
  for (auto& [name, channel] : channels_) {
    channel.wire = Channel::Wire::kOff;
    channel.request = 0;
    DetachMembers(channel);
  }
}

void Session::Take(const TransportEvent& event, TimePoint now, std::uint64_t random, Effects& out) {
  if (event.connection != connection_) return;  // Of a connection that was given up.
  if (std::holds_alternative<ConnectedEvent>(event.body)) {
    OnConnected(now, out);
  } else if (const auto* lost = std::get_if<DisconnectedEvent>(&event.body)) {
    OnDisconnected(*lost, now, random, out);
  } else if (const auto* reply = std::get_if<ReplyEvent>(&event.body)) {
    OnReply(*reply, now, random, out);
  } else if (const auto* publication = std::get_if<PublicationEvent>(&event.body)) {
    OnPublication(*publication, now, out);
  } else if (const auto* ended = std::get_if<SubscriptionEndedEvent>(&event.body)) {
    OnSubscriptionEnded(*ended, now, random, out);
  } else if (const auto* join = std::get_if<JoinEvent>(&event.body)) {
    OnMemberChange(join->channel, {true, join->member}, now, out);
  } else if (const auto* leave = std::get_if<LeaveEvent>(&event.body)) {
    OnMemberChange(leave->channel, {false, leave->member}, now, out);
  } else if (const auto* message = std::get_if<MessageEvent>(&event.body)) {
    out.push_back(MessageEffect{message->data});
  } else if (const auto* subscribed = std::get_if<ServerSubscribedEvent>(&event.body)) {
    OnServerSubscribed(subscribed->channel, now, out);
  } else if (const auto* warning = std::get_if<WarningEvent>(&event.body)) {
    out.push_back(ErrorEffect{warning->error});
  }
}

void Session::OnConnected(TimePoint now, Effects& out) {
  if (state_ != ConnectionState::kConnecting) return;
  state_ = ConnectionState::kConnected;
  connected_at_ = now;
  out.push_back(StateEffect{state_, std::nullopt});
  for (auto& [name, channel] : channels_) {
    if (!Paused(channel)) Subscribe(name, channel, now, out);
  }
  for (const auto& [id, query] : queries_) SendQuery(id, now, out);
  if (!options_.reconcile_as.empty()) {
    for (const std::string& channel : pump_.RecordedChannels()) HoldForCheck(channel);
  }
  Pump(now, out);
}

void Session::OnDisconnected(const DisconnectedEvent& event, TimePoint now, std::uint64_t random, Effects& out) {
  // Only a connection that lasted shows that the server is well; one that dies at once must not be made in a hot loop.
  const bool lasted = After(connected_at_, options_.reconnect.stable_after) <= now;
  if (state_ == ConnectionState::kConnected && lasted) failures_ = 0;
  if (state_ == ConnectionState::kConnected) LoseCalls(out);
  LeaveConnection();
  ++connection_;
  if (!event.reconnect) {
    state_ = ConnectionState::kFailed;
    out.push_back(StateEffect{state_, event.error});
    out.push_back(ErrorEffect{event.error});
    return;
  }
  state_ = ConnectionState::kConnecting;
  reconnect_at_ = RetryAt(failures_++, now, random);
  out.push_back(StateEffect{state_, event.error});
  out.push_back(ErrorEffect{event.error});
}

TimePoint Session::RetryAt(std::uint32_t failures, TimePoint now, std::uint64_t random) const {
  return After(now, BackoffDelay(options_.reconnect.min_delay, options_.reconnect.max_delay, failures, random));
}

void Session::OnReply(const ReplyEvent& reply, TimePoint now, std::uint64_t random, Effects& out) {
  if (pump_.Owns(reply.id)) {
    if (auto outcome = pump_.TakeReply(reply, now, random)) out.push_back(PublishDoneEffect{std::move(*outcome)});
    Pump(now, out);
    return;
  }
  const auto found = asked_.find(reply.id);
  if (found == asked_.end()) return;
  const auto whose = std::move(found->second.whose);
  asked_.erase(found);
  if (const auto* name = std::get_if<OfChannel>(&whose)) {
    OnSubscribeReply(name->name, reply, now, random, out);
  } else if (const auto* subscription = std::get_if<OfReceiver>(&whose)) {
    OnRepairReply(subscription->id, reply, now, random, out);
  } else if (const auto* asked = std::get_if<OfQuery>(&whose)) {
    OnQueryReply(asked->id, reply, out);
  } else if (const auto* check = std::get_if<OfCheck>(&whose)) {
    OnCheckReply(check->channel, reply, now, out);
  }
}

void Session::OnQueryReply(QueryId id, const ReplyEvent& reply, Effects& out) {
  const auto query = queries_.find(id);
  if (query == queries_.end()) return;
  const Query asked = std::move(query->second);
  queries_.erase(query);
  std::optional<QueryAnswer> answer;
  if (std::holds_alternative<HistoryRequest>(asked)) answer = AnswerIn<HistoryReply>(reply);
  if (std::holds_alternative<PresenceRequest>(asked)) answer = AnswerIn<PresenceReply>(reply);
  if (std::holds_alternative<PresenceStatsRequest>(asked)) answer = AnswerIn<PresenceStatsReply>(reply);
  if (std::holds_alternative<RpcRequest>(asked)) answer = AnswerIn<RpcReply>(reply);
  out.push_back(QueryDoneEffect{id, answer ? std::move(*answer) : RefusalOf(reply).error});
}

void Session::LoseCalls(Effects& out) {
  for (auto it = queries_.begin(); it != queries_.end();) {
    if (!std::holds_alternative<RpcRequest>(it->second)) {
      ++it;
      continue;
    }
    out.push_back(QueryDoneEffect{
        it->first, Error(Errc::kOutcomeUnknown,
                         "the connection ended before the server answered a call; whether it was carried out is "
                         "unknown, so it is not made again")});
    it = queries_.erase(it);
  }
}

void Session::SendMessage(std::string data, Effects& out) {
  if (state_ == ConnectionState::kConnected) {
    Send(SendRequest{std::move(data)}, out);
  } else {
    out.push_back(
        ErrorEffect{Error(Errc::kConnectionLost, "the connection ended before a message to the server was sent")
                        .WithRaw(std::move(data))});
  }
}

ErrorReply Session::RefusalOf(const ReplyEvent& reply) {
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) return *error;
  return {Error(Errc::kProtocol, "the transport answered a request with an answer to another kind of request"), false};
}

void Session::SendQuery(QueryId id, TimePoint now, Effects& out) {
  std::visit([&](const auto& request) { Request(request, {OfQuery{id}, now}, out); }, queries_.at(id));
}

std::uint64_t Session::Request(decltype(TransportRequest::body) body, Asked asked, Effects& out) {
  const std::uint64_t id = Send(std::move(body), out);
  asked_.emplace_hint(asked_.end(), id, std::move(asked));
  return id;
}

std::uint64_t Session::Send(decltype(TransportRequest::body) body, Effects& out) {
  const std::uint64_t id = next_id_++;
  auto* last = out.empty() ? nullptr : std::get_if<SendEffect>(&out.back());
  if (last == nullptr) {
    out.push_back(SendEffect{connection_, {}});
    last = &std::get<SendEffect>(out.back());
  }
  last->requests.push_back({id, std::move(body)});
  return id;
}

void Session::Pump(TimePoint now, Effects& out) {
  if (state_ != ConnectionState::kConnected) return;
  SendEffect send{connection_, {}};
  pump_.Fill(now, options_.max_in_flight, next_id_, send.requests);
  if (!send.requests.empty()) out.push_back(std::move(send));
  StartChecks(now, out);
}

void Session::AddPublishes(std::vector<PendingPublish> publishes, TimePoint now, Effects& out) {
  for (PendingPublish& publish : publishes) {
    if (publish.recorded && !options_.reconcile_as.empty() && !trusted_.contains(publish.channel)) {
      std::int64_t& stamped = stamped_[publish.channel];
      stamped = std::max(stamped, publish.sequence);
      if (state_ == ConnectionState::kConnected) HoldForCheck(publish.channel);
    }
    pump_.Add(std::move(publish), now);
  }
  Pump(now, out);
}

void Session::AddQuery(QueryId id, Query query, TimePoint now, Effects& out) {
  queries_.emplace(id, std::move(query));
  if (state_ == ConnectionState::kConnected) SendQuery(id, now, out);
}

void Session::CancelQuery(QueryId id) { queries_.erase(id); }

void Session::Tick(TimePoint now, std::uint64_t random, Effects& out) {
  if (reconnect_at_ && *reconnect_at_ <= now) StartAttempt(out);
  if (state_ == ConnectionState::kConnected) {
    std::optional<TimePoint> oldest = pump_.OldestSent();
    if (!asked_.empty()) KeepEarliest(oldest, std::optional(asked_.begin()->second.sent));
    if (oldest && After(*oldest, options_.answer_timeout) <= now) {
      out.push_back(DisconnectEffect{connection_});
      OnDisconnected({Error(Errc::kTimeout, "the server left a request unanswered; connecting again"), true}, now,
                     random, out);
      return;
    }
    for (const std::string& name : TakeDue(retries_, now)) Subscribe(name, channels_.at(name), now, out);
    for (const SubscriptionId id : TakeDue(repair_retries_, now)) AskForRepair(id, now, out);
    Pump(now, out);
  }
  for (const SubscriptionId id : TakeDue(patience_ends_, now)) {
    ReceiverOutput output;
    members_.at(id).receiver->CloseOpenGaps(output);
    Emit(id, std::move(output), now, out);
  }
}

std::optional<TimePoint> Session::NextWork() const {
  std::optional<TimePoint> next = reconnect_at_;
  if (state_ == ConnectionState::kConnected) {
    KeepEarliest(next, pump_.NextWork());
    for (const auto& [name, retry] : retries_) KeepEarliest(next, std::optional(retry));
    for (const auto& [id, retry] : repair_retries_) KeepEarliest(next, std::optional(retry));
  }
  return next;
}

std::optional<TimePoint> Session::NextDeadline() const {
  std::optional<TimePoint> next;
  if (state_ == ConnectionState::kConnected) {
    if (const auto oldest = pump_.OldestSent())
      KeepEarliest(next, std::optional(After(*oldest, options_.answer_timeout)));
    if (!asked_.empty()) KeepEarliest(next, std::optional(After(asked_.begin()->second.sent, options_.answer_timeout)));
  }
  for (const auto& [id, end] : patience_ends_) KeepEarliest(next, std::optional(end));
  return next;
}

}  // namespace gapless::internal

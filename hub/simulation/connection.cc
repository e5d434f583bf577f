#include "hub/simulation/connection.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gapless::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Error numbers of Centrifuge servers.
constexpr std::uint32_t kInternalError = 100;
constexpr std::uint32_t kPermissionDenied = 103;
constexpr std::uint32_t kNotAvailable = 108;
constexpr std::uint32_t kInsufficientState = 2'500;
constexpr std::uint32_t kMessagesNotAvailable = 3'508;
// How long it takes to notice a peer that says nothing.
constexpr seconds kHeartbeat{15};
// How long a server takes to notice that a subscriber missed a publication.
constexpr seconds kPositionCheck{10};
// A client asks as often for history that is refused for now before it gives up.
constexpr int kMostRefusals = 5;

}  // namespace

std::string Damaged(const std::string& data, Chance& chance) {
  // A byte that no JSON text has, so that nobody takes the damage for content.
  std::string damaged = data.substr(0, static_cast<std::size_t>(chance.Below(data.size() + 1)));
  damaged.push_back('\x01');
  return damaged;
}

Connection::Connection(std::shared_ptr<Setting> setting, std::shared_ptr<Server> server, std::string name,
                       std::uint64_t number, Receive receive)
    : setting_(std::move(setting)),
      server_(std::move(server)),
      name_(std::move(name)),
      number_(number),
      receive_(std::move(receive)) {}

void Connection::Open() {
  up_free_ = setting_->runtime->Now() + setting_->Latency();
  setting_->strand->PostAt(up_free_, TimerKind::kWork, [self = shared_from_this()] {
    if (self->requests_lost_ || !self->open_) return;
    if (!self->server_->up()) {
      self->Fail(Error(Errc::kConnectFailed, "the simulated server is down"));
      return;
    }
    self->core_ = self->server_->core();
    self->id_ = self->core_->Connect(self->weak_from_this(), {});
    self->Put(ConnectedEvent{self->id_});
  });
}

void Connection::Send(TransportRequest request) {
  if (!open_) return;
  up_free_ = std::max(up_free_, setting_->runtime->Now() + setting_->Latency());
  setting_->strand->PostAt(up_free_, TimerKind::kWork, [self = shared_from_this(), request = std::move(request)] {
    if (!self->requests_lost_ && !self->id_.empty()) self->Execute(request);
  });
}

void Connection::Put(Body body, Duration extra) {
  if (!open_) return;
  TimePoint when = std::max(down_free_, setting_->runtime->Now() + setting_->Latency());
  // What is overtaken does not hold up the others.
  if (extra.count() == 0) down_free_ = when;
  when += extra;
  setting_->strand->PostAt(when, TimerKind::kWork, [self = shared_from_this(), body = std::move(body)]() mutable {
    if (!self->events_lost_) self->receive_({self->number_, std::move(body)});
  });
}

void Connection::End(bool requests_arrive, bool events_arrive) {
  open_ = false;
  requests_lost_ = requests_lost_ || !requests_arrive;
  events_lost_ = events_lost_ || !events_arrive;
  const TimePoint gone = requests_arrive ? std::max(up_free_, setting_->runtime->Now()) : setting_->runtime->Now();
  setting_->strand->PostAt(gone, TimerKind::kWork, [self = shared_from_this()] { self->LeaveServer(); });
}

void Connection::LeaveServer() {
  requests_lost_ = true;
  if (!id_.empty()) core_->Disconnect(std::exchange(id_, {}));
}

void Connection::Fail(const Error& error) {
  if (!open_) return;
  const bool events_arrive = setting_->chance.Coin();
  End(setting_->chance.Coin(), events_arrive);
  const TimePoint now = setting_->runtime->Now();
  const TimePoint when = events_arrive ? std::max(now, down_free_) : now;
  setting_->strand->PostAt(when, TimerKind::kWork, [self = shared_from_this(), error] {
    // It is the last event; nothing that was overtaken comes behind it.
    self->events_lost_ = true;
    self->receive_({self->number_, DisconnectedEvent{error, true}});
  });
}

void Connection::EndByClient() {
  if (open_) End(setting_->chance.Coin(), false);
  events_lost_ = true;
}

void Connection::GoSilent() {
  if (!open_ || events_lost_) return;
  events_lost_ = true;
  requests_lost_ = setting_->chance.Coin();
  setting_->strand->PostAt(
      setting_->runtime->Now() + kHeartbeat, TimerKind::kDeadline, [weak = weak_from_this(), setting = setting_] {
        const auto self = weak.lock();
        if (!self || !self->open_) return;
        self->open_ = false;
        self->receive_({self->number_, DisconnectedEvent{Error(Errc::kConnectionLost, "the peer is silent"), true}});
        // The server notices for itself, sooner or later.
        setting->After(setting->chance.UpTo(kHeartbeat), [self] { self->LeaveServer(); });
      });
}

void Connection::OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) {
  if (!open_) return;
  Chance& chance = setting_->chance;
  const Faults& faults = setting_->faults;
  if (chance.Hit(faults.drop)) {
    setting_->Note(
        [&] { return name_ + " loses publication " + std::to_string(publication->offset) + " of " + channel; });
    if (publication->offset == 0) return;
    // Where positions are tracked, the server checks them from time to time.
    const std::uint64_t subscription = subscriptions_[channel];
    setting_->After(chance.UpTo(kPositionCheck), [self = shared_from_this(), channel, subscription] {
      if (self->subscriptions_[channel] == subscription) self->EndSubscription(channel, "insufficient state");
    });
    return;
  }
  Publication sent = *publication;
  if (chance.Hit(faults.corrupt)) {
    setting_->checker.MayLose(channel);
    sent.data = Damaged(sent.data, chance);
  }
  if (chance.Hit(faults.duplicate)) PutPublication(channel, sent, chance.UpTo(milliseconds{100}));
  PutPublication(channel, std::move(sent), chance.Hit(faults.reorder) ? chance.UpTo(milliseconds{100}) : Duration{0});
}

void Connection::OnPresence(const std::string& channel, bool joined, const Presence& member) {
  joined ? Put(JoinEvent{channel, member}) : Put(LeaveEvent{channel, member});
}

void Connection::PutPublication(const std::string& channel, Publication publication, Duration extra) {
  if (extra.count() == 0) {
    Put(PublicationEvent{channel, std::move(publication)});
    return;
  }
  const std::uint64_t subscription = subscriptions_[channel];
  const TimePoint when = std::max(down_free_, setting_->runtime->Now() + setting_->Latency()) + extra;
  setting_->strand->PostAt(when, TimerKind::kWork,
                           [self = shared_from_this(), channel, subscription, publication = std::move(publication)] {
                             if (self->events_lost_ || self->subscriptions_[channel] != subscription) return;
                             self->receive_({self->number_, PublicationEvent{channel, publication}});
                           });
}

void Connection::EndSubscription(const std::string& channel, const std::string& why) {
  if (!open_ || id_.empty() || !core_->Unsubscribe(id_, channel)) return;
  ++subscriptions_[channel];
  setting_->Note([&] { return name_ + " is unsubscribed from " + channel + ": " + why; });
  Put(SubscriptionEndedEvent{channel, Error(Errc::kUnrecoverable, why).WithServerCode(kInsufficientState), true});
}

void Connection::Execute(const TransportRequest& request) {
  const bool unanswered = setting_->chance.Hit(setting_->faults.leave_unanswered);
  if (unanswered && setting_->chance.Coin()) {
    setting_->Note([&] { return name_ + ": the server ignores request " + std::to_string(request.id); });
    const auto* const publish = std::get_if<PublishRequest>(&request.body);
    if (publish != nullptr) setting_->checker.Refused(publish->channel, *publish->data, false);
    return;
  }
  if (unanswered) setting_->Note([&] { return name_ + " gets no answer to request " + std::to_string(request.id); });
  unanswered_ = unanswered;
  try {
    std::visit([&](const auto& body) { Do(request.id, body); }, request.body);
  } catch (const Error& error) {
    Reply(request.id, ErrorReply{error, error.server_code() == kInternalError});
  }
  unanswered_ = false;
}

namespace {

[[noreturn]] void RefuseForNow() {
  throw Error(Errc::kServerRefused, "the simulated server refuses this for now").WithServerCode(kInternalError);
}

}  // namespace

void Connection::Do(std::uint64_t id, const SubscribeRequest& request) {
  server_->Know(request.channel);
  if (setting_->chance.Hit(setting_->faults.refuse)) RefuseForNow();
  SubscribeReply reply = core_->Subscribe(id_, request.channel, request.recover, false, request.join_leave);
  ++subscriptions_[request.channel];
  setting_->Note([&] {
    return name_ + " subscribes to " + request.channel + " from " +
           (request.recover ? std::to_string(request.recover->offset) + "/" + request.recover->epoch : "nowhere") +
           ": at " + std::to_string(reply.position.offset) + "/" + reply.position.epoch +
           (reply.recovery == Recovery::kRecovered ? ", recovered " : ", not recovered ") +
           std::to_string(reply.publications.size());
  });
  Damage(request.channel, reply.publications);
  Reply(id, std::move(reply));
}

void Connection::Do(std::uint64_t id, const UnsubscribeRequest& request) {
  core_->Unsubscribe(id_, request.channel);
  ++subscriptions_[request.channel];
  Reply(id, UnsubscribeReply{});
}

void Connection::Do(std::uint64_t id, const PublishRequest& request) {
  Chance& chance = setting_->chance;
  if (chance.Hit(setting_->faults.refuse)) {
    setting_->checker.Refused(request.channel, *request.data, false);
    setting_->Note([&] { return name_ + " is refused for now: " + *request.data; });
    RefuseForNow();
  }
  if (chance.Hit(setting_->faults.refuse_for_good)) {
    setting_->checker.Refused(request.channel, *request.data, true);
    setting_->Note([&] { return name_ + " is refused for good: " + *request.data; });
    throw Error(Errc::kPermissionDenied, "the simulated server refuses this").WithServerCode(kPermissionDenied);
  }
  const Position position = server_->Publish(*core_, request.channel, *request.data);
  setting_->Note([&] {
    return name_ + " publishes " + std::to_string(position.offset) + "/" + position.epoch + " " + *request.data;
  });
  Reply(id, PublishReply{position});
}

void Connection::Do(std::uint64_t id, const HistoryRequest& request) {
  Chance& chance = setting_->chance;
  if (chance.Hit(setting_->faults.refuse)) {
    if (++history_refusals_[request.channel] >= kMostRefusals) setting_->checker.MayLose(request.channel);
    RefuseForNow();
  }
  if (chance.Hit(setting_->faults.refuse_for_good)) {
    setting_->checker.MayLose(request.channel);
    throw Error(Errc::kNotSupported, "the simulated server refuses history").WithServerCode(kNotAvailable);
  }
  HistoryReply reply = core_->History(request);
  setting_->Note([&] {
    return name_ + " asks for history of " + request.channel + " after " +
           std::to_string(request.since ? request.since->offset : 0) + ": " +
           std::to_string(reply.publications.size()) + ", top " + std::to_string(reply.top.offset) + "/" +
           reply.top.epoch;
  });
  Damage(request.channel, reply.publications);
  Reply(id, std::move(reply));
}

void Connection::Do(std::uint64_t id, const PresenceRequest& request) {
  Reply(id, PresenceReply{core_->Presence(request.channel)});
}

void Connection::Do(std::uint64_t id, const PresenceStatsRequest& request) {
  Reply(id, PresenceStatsReply{core_->Stats(request.channel)});
}

void Connection::Do(std::uint64_t /*id*/, const RpcRequest& /*request*/) {
  throw Error(Errc::kNotSupported, "the simulated server has no procedures").WithServerCode(kNotAvailable);
}

void Connection::Do(std::uint64_t /*id*/, const SendRequest& /*request*/) {
  Fail(Error(Errc::kNotSupported, "the simulated server takes no messages").WithServerCode(kMessagesNotAvailable));
}

void Connection::Damage(const std::string& channel, std::vector<Publication>& publications) {
  for (Publication& publication : publications) {
    if (!setting_->chance.Hit(setting_->faults.corrupt)) continue;
    setting_->checker.MayLose(channel);
    publication.data = Damaged(publication.data, setting_->chance);
  }
}

}  // namespace gapless::simulation

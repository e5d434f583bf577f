#include "hub/server/session.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <variant>

#include "gapless/error.h"
#include "hub/server/reply.h"
#include "hub/server_error.h"

namespace gapless::hub {
namespace {

/// The bit of a subscribe's `flag` that prefers an error to a subscription that is not recovered.
constexpr std::int64_t kRefuseUnrecovered = 2;
constexpr std::string_view kFossil = "fossil";

std::optional<TagFilter> FilterOf(const SubscribeCommand& command) {
  if (command.filter.empty() || command.filter == "null") return std::nullopt;
  try {
    return TagFilter::Parse(command.filter);
  } catch (const Error& wrong) {
    throw ServerError(ServerCode::kBadRequest, wrong.what(), command.channel);
  }
}

constexpr std::uint32_t Number(ServerCode code) noexcept { return static_cast<std::uint32_t>(code); }

// Commands that name a channel are malformed without one.
template <class Body>
bool LacksChannel(const Body& body) {
  if constexpr (requires { body.channel; }) return body.channel.empty();
  return false;
}

std::uint32_t WholeSecondsUp(std::chrono::milliseconds span) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(span).count());
}

}  // namespace

Session::Session(const HubServerOptions& options, std::shared_ptr<Hub::Core> core, std::shared_ptr<Mailbox> mailbox,
                 TimePoint now, std::uint64_t random, EmulationIds ids, Duration unix_time_at_zero)
    : options_(options),
      core_(std::move(core)),
      mailbox_(std::move(mailbox)),
      random_(random),
      ids_(std::move(ids)),
      unix_time_at_zero_(unix_time_at_zero),
      connect_deadline_(now + options.connect_timeout) {}

Session::~Session() {
  if (!client_id_.empty()) core_->Disconnect(client_id_);
}

void Session::OnFrame(std::string_view frame, TimePoint now) {
  CommandReader reader(frame);
  Command command;
  while (!closing_ && !refused_) {
    switch (reader.Next(command)) {
      case CommandReader::Result::kCommand:
        Execute(command, now);
        break;
      case CommandReader::Result::kEnd:
        return;
      case CommandReader::Result::kMalformed:
        return Close(Disconnect::kBadRequest);
    }
  }
}

void Session::Execute(const Command& command, TimePoint now) {
  const bool is_connect = std::holds_alternative<ConnectCommand>(command.body);
  if (is_connect != client_id_.empty()) return Close(Disconnect::kBadRequest);
  try {
    std::visit(
        [&](const auto& body) {
          if (LacksChannel(body)) return Close(Disconnect::kBadRequest);
          On(command.id, body, now);
        },
        command.body);
  } catch (const Error& error) {
    refused_ = is_connect;
    const std::uint32_t code = error.server_code() != 0 ? error.server_code() : Number(ServerCode::kInternal);
    Write([&](std::string& out) { AppendErrorReply(out, command.id, code); });
  }
}

void Session::On(std::uint32_t id, const ConnectCommand& command, TimePoint now) {
  TokenClaims claims;
  if (checks_tokens()) {
    std::optional<TokenClaims> shown = ConnectionClaims(command.token, now);
    if (!shown) return;
    claims = std::move(*shown);
  }
  user_id_ = claims.user;
  client_id_ = core_->Connect(mailbox_, claims.user, claims.info);
  SetConnectionLife(claims, now);
  ConnectReply reply{.client_id = client_id_,
                     .ttl = TimeToLiveOf(claims, now),
                     .ping_seconds = WholeSecondsUp(options_.ping_interval),
                     .pong = false,
                     .ids = ids_};
  if (reply.ping_seconds > 0) {
    reply.pong = options_.pong_timeout.count() > 0;
    // Somewhere in the second half of the first interval, so that many clients do not all answer at once.
    const Duration half = Duration(options_.ping_interval) / 2;
    next_ping_ = now + half + Duration(static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(half.count())));
  }
  Write([&](std::string& out) { AppendConnectReply(out, id, reply); });
}

void Session::On(std::uint32_t /*id*/, const PingCommand& /*command*/, TimePoint /*now*/) {
  Close(Disconnect::kBadRequest);
}

void Session::On(std::uint32_t id, const SubscribeCommand& command, TimePoint now) {
  if (!command.delta.empty() && command.delta != kFossil) return Close(Disconnect::kBadRequest);
  const std::optional<TokenClaims> claims = checks_tokens() ? SubscriptionClaims(command, now) : TokenClaims{};
  if (!claims) return;
  const std::optional<Position> recover = command.recover ? std::optional(command.position) : std::nullopt;
  std::optional<TagFilter> filter = FilterOf(command);
  SubscribeReply reply = core_->Subscribe(client_id_, command.channel, recover,
                                          (command.flag & kRefuseUnrecovered) != 0, command.join_leave);
  if (!CanCarry(reply.publications)) return;
  Subscription& subscription = subscriptions_[command.channel];
  subscription = {.offset = reply.position.offset, .delta = options_.delta && !command.delta.empty()};
  if (!reply.publications.empty()) subscription.offset = reply.publications.back().offset;
  // As Centrifugo does: who asks for deltas gets them, unfiltered.
  if (filter && !subscription.delta) {
    std::erase_if(reply.publications,
                  [&](const Publication& publication) { return !filter->Matches(publication.tags); });
    subscription.filter = std::move(filter);
  }
  if (subscription.delta && !reply.publications.empty()) {
    subscription.base = std::make_shared<const Publication>(reply.publications.back());
  }
  SetSubscriptionLife(command.channel, *claims, now);
  Write(
      [&](std::string& out) { AppendSubscribeReply(out, id, reply, TimeToLiveOf(*claims, now), subscription.delta); });
}

void Session::On(std::uint32_t id, const UnsubscribeCommand& command, TimePoint /*now*/) {
  core_->Unsubscribe(client_id_, command.channel);
  OnMailbox();
  subscriptions_.erase(command.channel);
  subscription_expiries_.Erase(command.channel);
  Write([&](std::string& out) { AppendEmptyReply(out, id, "unsubscribe"); });
}

void Session::On(std::uint32_t id, const PublishCommand& command, TimePoint /*now*/) {
  if (command.data.empty()) throw ServerError(ServerCode::kBadRequest, "nothing to publish", command.channel);
  core_->Publish(command.channel, command.data, {}, client_id_);
  OnMailbox();
  Write([&](std::string& out) { AppendEmptyReply(out, id, "publish"); });
}

void Session::On(std::uint32_t id, const PresenceCommand& command, TimePoint /*now*/) {
  const std::vector<Presence> members = core_->Presence(command.channel);
  Write([&](std::string& out) { AppendPresenceReply(out, id, members); });
}

void Session::On(std::uint32_t id, const PresenceStatsCommand& command, TimePoint /*now*/) {
  const PresenceStats stats = core_->Stats(command.channel);
  Write([&](std::string& out) { AppendPresenceStatsReply(out, id, stats); });
}

void Session::On(std::uint32_t id, const HistoryCommand& command, TimePoint /*now*/) {
  const std::size_t limit =
      command.limit < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(command.limit);
  const HistoryReply reply =
      core_->History({.channel = command.channel, .limit = limit, .since = command.since, .reverse = command.reverse});
  if (!CanCarry(reply.publications)) return;
  Write([&](std::string& out) { AppendHistoryReply(out, id, reply); });
}

void Session::On(std::uint32_t /*id*/, const RpcCommand& /*command*/, TimePoint /*now*/) {
  throw ServerError(ServerCode::kNotAvailable, "the hub has no procedures", "");
}

void Session::On(std::uint32_t /*id*/, const SendCommand& /*command*/, TimePoint /*now*/) {
  Close(Disconnect::kNotAvailable);
}

void Session::On(std::uint32_t /*id*/, const PongCommand& /*command*/, TimePoint /*now*/) {
  if (pong_deadlines_.empty()) return Close(Disconnect::kBadRequest);
  pong_deadlines_.pop_front();
}

void Session::OnMailbox() {
  Mailbox::Contents contents = mailbox_->Take();
  for (SharedPush& push : contents.pushes) Deliver(std::move(push));
  if (contents.overflowed) Close(Disconnect::kSlow);
}

void Session::Deliver(SharedPush push) {
  if (closing_) return;
  const auto known = subscriptions_.find(push->channel);
  if (known == subscriptions_.end()) return;
  if (push->bytes.empty()) return Close(Disconnect::kInappropriateProtocol);
  // The hub leaves nothing out, so offsets that do not follow on mean that the channel was forgotten meanwhile.
  Subscription& subscription = known->second;
  if (push->offset != 0 && push->offset != subscription.offset + 1) {
    core_->Unsubscribe(client_id_, push->channel);
    subscriptions_.erase(known);
    subscription_expiries_.Erase(push->channel);
    Write(
        [&](std::string& out) { AppendUnsubscribePush(out, push->channel, kInsufficientState, "insufficient state"); });
    return;
  }
  if (push->offset != 0) subscription.offset = push->offset;
  if (push->publication && subscription.filter && !subscription.filter->Matches(push->publication->tags)) return;
  if (push->publication && subscription.delta) {
    Write([&](std::string& out) { AppendDeltaPush(out, push->channel, *push->publication, subscription.base.get()); });
    subscription.base = push->publication;
    return;
  }
  const std::size_t size = push->bytes.size();
  output_.push_back({{}, std::move(push)});
  Count(size);
}

bool Session::EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason) {
  if (closing_ || client_id_.empty() || !core_->Unsubscribe(client_id_, channel)) return false;
  OnMailbox();
  if (subscriptions_.erase(channel) == 0) return false;
  subscription_expiries_.Erase(channel);
  Write([&](std::string& out) { AppendUnsubscribePush(out, channel, code, reason); });
  return true;
}

bool Session::CanCarry(const std::vector<Publication>& publications) {
  const bool all_json = std::all_of(publications.begin(), publications.end(),
                                    [](const Publication& publication) { return IsJsonValue(publication.data); });
  if (!all_json) Close(Disconnect::kInappropriateProtocol);
  return all_json;
}

void Session::OnTimer(TimePoint now) {
  if (closing_) return;
  if (client_id_.empty()) {
    if (now >= connect_deadline_) Close(Disconnect::kStale);
    return;
  }
  if (!pong_deadlines_.empty() && now >= pong_deadlines_.front()) return Close(Disconnect::kNoPong);
  EndWhatExpired(now);
  if (!next_ping_ || now < *next_ping_) return;
  next_ping_ = now + options_.ping_interval;
  if (options_.pong_timeout.count() > 0) {
    pong_deadlines_.push_back(now + options_.pong_timeout);
  } else if (pong_deadlines_.empty()) {
    pong_deadlines_.push_back(TimePoint::max());
  }
  Write([](std::string& out) { out += kPing; });
}

std::optional<TimePoint> Session::NextDeadline() const {
  if (closing_) return std::nullopt;
  if (client_id_.empty()) return connect_deadline_;
  std::optional<TimePoint> next = next_ping_;
  const auto keep_earlier = [&next](const std::optional<TimePoint>& other) {
    if (other && (!next || *other < *next)) next = other;
  };
  if (!pong_deadlines_.empty()) keep_earlier(pong_deadlines_.front());
  keep_earlier(expiry_);
  keep_earlier(subscription_expiries_.Earliest());
  return next;
}

void Session::Close(CloseReason reason) {
  if (closing_) return;
  closing_ = std::move(reason);
}

void Session::Count(std::size_t bytes) {
  output_bytes_ += bytes;
  if (backlog_ + output_bytes_ > options_.max_queue_bytes) Close(Disconnect::kSlow);
}

void Session::SetBacklog(std::size_t bytes) {
  backlog_ = bytes;
  mailbox_->SetBacklog(bytes);
}

std::vector<Chunk> Session::TakeOutput() {
  output_bytes_ = 0;
  return std::exchange(output_, {});
}

}  // namespace gapless::hub

#include "hub/core.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <set>
#include <utility>
#include <variant>

#include "hub/channel_runtime.h"
#include "hub/mix.h"
#include "hub/ordered_map.h"
#include "hub/server_error.h"
#include "hub/stream.h"
#include "hub/streams.h"

namespace gapless {
namespace {

using hub::ServerCode;
using hub::ServerError;
using hub::SharedPublication;

constexpr std::size_t kMaxChannelBytes = 255;
/// Bounds what one client can make the hub remember.
constexpr std::size_t kMaxChannelsPerClient = 100'000;
/// Longer than any hub lives, and far from where sums of time points overflow.
constexpr std::chrono::hours kLongestTtl{24 * 365 * 50};

hub::StreamBounds CheckedBounds(const HubOptions& options) {
  if (options.history_page == 0) {
    throw Error(Errc::kInvalidArgument, "HubOptions.history_page is 0; no answer could carry anything");
  }
  if (options.history_ttl < std::chrono::milliseconds{0}) {
    throw Error(Errc::kInvalidArgument, "HubOptions.history_ttl is negative; 0 keeps publications for ever");
  }
  return {.size = options.history_size,
          .ttl = std::min<std::chrono::milliseconds>(options.history_ttl, kLongestTtl),
          .page = options.history_page};
}

void CheckChannel(std::string_view channel) {
  if (channel.empty() || channel.size() > kMaxChannelBytes) {
    throw ServerError(ServerCode::kBadRequest, "a channel name has 1 to 255 bytes", channel);
  }
  const bool ascii = std::all_of(channel.begin(), channel.end(), [](unsigned char c) { return c < 0x80; });
  if (!ascii) throw ServerError(ServerCode::kBadRequest, "a channel name is ASCII", channel);
}

std::vector<Publication> Copies(const std::vector<SharedPublication>& shared) {
  std::vector<Publication> copies;
  copies.reserve(shared.size());
  for (const SharedPublication& publication : shared) copies.push_back(*publication);
  return copies;
}

}  // namespace

struct Hub::Core::Impl {
  struct Client {
    std::weak_ptr<HubClient> mailbox;
    std::string user_id;
    std::string info;
  };

  Impl(const HubOptions& options, std::shared_ptr<Runtime> the_runtime)
      : runtime(std::move(the_runtime)), seed(options.seed), streams(options.seed, CheckedBounds(options)) {}

  bool KeepsHistory() const { return streams.bounds().size > 0; }

  TimePoint Now() const { return runtime ? runtime->Now() : std::chrono::steady_clock::now(); }

  TimePoint NowSwept() {
    const TimePoint now = Now();
    streams.Sweep(now, [this](std::string_view channel) { return !channels.Subscribers(channel)->empty(); });
    return now;
  }

  std::string NewClientId() {
    const std::uint64_t high = hub::Mix(seed ^ hub::Mix(2 * client_count));
    const std::uint64_t low = hub::Mix(seed ^ hub::Mix(2 * client_count + 1));
    ++client_count;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                  static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                  static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFF'FFFF'FFFF));
    return text.data();
  }

  /// Whether the runtime accepted. Nobody is told about presence yet, so the diffs end here.
  bool Handle(hub::Event event) {
    channels.Handle(std::move(event));
    const std::vector<hub::Outbound> outbox = channels.FlushOutbox();
    return std::get<hub::outbound::Reply>(outbox.front()).status == hub::kStatusOk;
  }

  hub::Replay Replay(std::string_view channel, const std::optional<Position>& recover, TimePoint now) {
    if (!KeepsHistory()) return {};
    const hub::Stream& stream = streams.Open(channel, now);
    if (recover) return stream.Recover(*recover, streams.bounds());
    return {.recovered = false, .position = stream.Top(), .publications = {}};
  }

  /// Must outlive the lock: the last reference to a client may be in there, and its end may call the hub.
  using Pinned = std::vector<std::shared_ptr<HubClient>>;

  gapless::Presence MemberOf(const std::string& client_id) const {
    const Client& client = clients.find(client_id)->second;
    return {client_id, client.user_id, client.info};
  }

  void TellPresence(const std::string& channel, bool joined, const std::string& client_id, Pinned& pinned) {
    const auto found = watchers.find(channel);
    if (found == watchers.end()) return;
    const gapless::Presence member = MemberOf(client_id);
    found->second.ForEach([&](const hub::Id& id, std::monostate) {
      const std::shared_ptr<HubClient>& client = pinned.emplace_back(clients.find(id)->second.mailbox.lock());
      if (client) client->OnPresence(channel, joined, member);
    });
  }

  bool Leave(const std::string& client_id, const std::string& channel, Pinned& pinned) {
    if (!Handle(hub::event::Leave{client_id, channel})) return false;
    if (const auto found = watchers.find(channel); found != watchers.end()) {
      found->second.Erase(client_id);
      if (found->second.empty()) watchers.erase(found);
    }
    TellPresence(channel, false, client_id, pinned);
    return true;
  }

  void Remove(const std::string& client_id, Pinned& pinned) {
    for (const std::string& channel : channels.TopicsOf(client_id)) Leave(client_id, channel, pinned);
    clients.erase(client_id);
  }

  void FanOut(std::string_view channel, const SharedPublication& publication, Pinned& pinned) {
    const hub::Recipients recipients = channels.Subscribers(channel);
    if (recipients->empty()) return;
    const std::string name(channel);
    pinned.reserve(recipients->size());
    std::vector<std::string> gone;
    for (const hub::Id& id : *recipients) {
      std::shared_ptr<HubClient>& client = pinned.emplace_back(clients.find(id)->second.mailbox.lock());
      if (client) {
        client->OnPublication(name, publication);
      } else {
        gone.push_back(id);
      }
    }
    for (const std::string& id : gone) Remove(id, pinned);
  }

  const std::shared_ptr<Runtime> runtime;
  const std::uint64_t seed;
  mutable std::mutex mutex;
  hub::ChannelRuntime channels;
  hub::Streams streams;
  hub::TextMap<Client> clients;
  /// Channel → those of its subscribers who are told who comes and goes.
  hub::TextMap<hub::OrderedMap<std::monostate>> watchers;
  std::uint64_t client_count = 0;
};

Hub::Core::Core(HubOptions options, std::shared_ptr<Runtime> runtime)
    : impl(std::make_unique<Impl>(options, std::move(runtime))) {}
Hub::Core::~Core() = default;

std::string Hub::Core::Connect(std::weak_ptr<HubClient> client, std::string user_id, std::string info) {
  const std::lock_guard lock(impl->mutex);
  std::string id = impl->NewClientId();
  impl->clients.emplace(id, Impl::Client{std::move(client), std::move(user_id), std::move(info)});
  return id;
}

void Hub::Core::Disconnect(const std::string& client_id) {
  Impl::Pinned pinned;
  const std::lock_guard lock(impl->mutex);
  impl->Remove(client_id, pinned);
}

SubscribeReply Hub::Core::Subscribe(const std::string& client_id, const std::string& channel,
                                    const std::optional<Position>& recover, bool refuse_unrecovered, bool join_leave) {
  CheckChannel(channel);
  hub::Replay replay;
  Impl::Pinned pinned;
  {
    const std::lock_guard lock(impl->mutex);
    const auto client = impl->clients.find(client_id);
    if (client == impl->clients.end()) {
      throw Error(Errc::kInvalidState, "the hub knows no client of this id; connect first").WithChannel(channel);
    }
    if (impl->channels.IsMember(client_id, channel)) {
      throw ServerError(ServerCode::kAlreadySubscribed, "this client is subscribed to the channel already", channel);
    }
    if (impl->channels.TopicCountOf(client_id) >= kMaxChannelsPerClient) {
      throw ServerError(ServerCode::kLimitExceeded, "too many subscriptions of one client", channel);
    }
    const TimePoint now = impl->NowSwept();
    replay = impl->Replay(channel, recover, now);
    if (recover && refuse_unrecovered && !replay.recovered) {
      throw ServerError(ServerCode::kUnrecoverablePosition, "not everything after the position is retained", channel);
    }
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    impl->Handle(hub::event::Join{client_id, channel, client->second.user_id, now_ms});
    if (join_leave) impl->watchers[channel].FindOrAppend(client_id);
    impl->TellPresence(channel, true, client_id, pinned);
  }
  SubscribeReply reply;
  reply.recoverable = impl->KeepsHistory();
  if (recover) reply.recovery = replay.recovered ? Recovery::kRecovered : Recovery::kNotRecovered;
  reply.position = std::move(replay.position);
  reply.publications = Copies(replay.publications);
  return reply;
}

bool Hub::Core::Unsubscribe(const std::string& client_id, const std::string& channel) {
  Impl::Pinned pinned;
  const std::lock_guard lock(impl->mutex);
  return impl->Leave(client_id, channel, pinned);
}

Position Hub::Core::Publish(std::string_view channel, std::string_view data, const Tags& tags,
                            const std::string& client_id) {
  CheckChannel(channel);
  Impl::Pinned pinned;
  const std::lock_guard lock(impl->mutex);
  Publication next{std::string(data), 0, tags};
  if (impl->clients.contains(client_id)) {
    next.publisher = std::make_shared<const gapless::Presence>(impl->MemberOf(client_id));
  }
  if (!impl->KeepsHistory()) {
    impl->FanOut(channel, std::make_shared<const Publication>(std::move(next)), pinned);
    return {};
  }
  const TimePoint now = impl->NowSwept();
  hub::Stream& stream = impl->streams.Open(channel, now);
  const SharedPublication publication = stream.Append(std::move(next), now, impl->streams.bounds());
  Position position{publication->offset, stream.Top().epoch};
  impl->FanOut(channel, publication, pinned);
  return position;
}

void Hub::Core::PublishUnretained(std::string_view channel, std::string_view data, const Tags& tags) {
  CheckChannel(channel);
  std::vector<std::shared_ptr<HubClient>> pinned;
  const std::lock_guard lock(impl->mutex);
  impl->FanOut(channel, std::make_shared<const Publication>(Publication{std::string(data), 0, tags}), pinned);
}

HistoryReply Hub::Core::History(const HistoryRequest& request) const {
  CheckChannel(request.channel);
  hub::HistoryPage page;
  if (impl->KeepsHistory()) {
    const std::lock_guard lock(impl->mutex);
    if (const hub::Stream* stream = impl->streams.Find(request.channel, impl->Now())) {
      page = stream->History(request, impl->streams.bounds());
    } else {
      page = hub::Stream(impl->streams.EmptyTop(request.channel).epoch, {}).History(request, impl->streams.bounds());
    }
  }
  return {Copies(page.publications), std::move(page.top)};
}

std::vector<gapless::Presence> Hub::Core::Presence(std::string_view channel) const {
  CheckChannel(channel);
  const std::lock_guard lock(impl->mutex);
  const hub::Recipients subscribers = impl->channels.Subscribers(channel);
  std::vector<gapless::Presence> members;
  members.reserve(subscribers->size());
  for (const hub::Id& id : *subscribers) members.push_back(impl->MemberOf(id));
  return members;
}

PresenceStats Hub::Core::Stats(std::string_view channel) const {
  CheckChannel(channel);
  const std::lock_guard lock(impl->mutex);
  return {impl->channels.Subscribers(channel)->size(), impl->channels.UserCount(channel)};
}

PresenceStats Hub::Core::TotalStats() const {
  const std::lock_guard lock(impl->mutex);
  std::set<std::string_view> users;
  for (const auto& [id, client] : impl->clients) users.insert(client.user_id);
  return {impl->clients.size(), users.size()};
}

std::vector<ChannelStats> Hub::Core::Channels() const {
  const std::lock_guard lock(impl->mutex);
  std::vector<ChannelStats> all;
  for (hub::Id& channel : impl->channels.Topics()) {
    const std::size_t clients = impl->channels.Subscribers(channel)->size();
    all.push_back({std::move(channel), clients});
  }
  return all;
}

Position Hub::Core::Top(std::string_view channel) const {
  return History({.channel = std::string(channel), .limit = 0, .since = {}, .reverse = false}).top;
}

std::vector<Publication> Hub::Core::Retained(std::string_view channel) const {
  std::vector<SharedPublication> publications;
  {
    const std::lock_guard lock(impl->mutex);
    const hub::Stream* const stream = impl->streams.Find(channel, impl->Now());
    if (stream != nullptr) publications = stream->All();
  }
  return Copies(publications);
}

void Hub::Core::DropHistory(std::string_view channel) {
  const std::lock_guard lock(impl->mutex);
  if (hub::Stream* stream = impl->streams.Find(channel, impl->Now())) stream->Clear();
}

void Hub::Core::ForgetChannel(std::string_view channel) {
  const std::lock_guard lock(impl->mutex);
  impl->streams.Forget(channel);
}

void Hub::Core::SkipTo(std::string_view channel, std::uint64_t offset) {
  CheckChannel(channel);
  const std::lock_guard lock(impl->mutex);
  hub::Stream& stream = impl->streams.Open(channel, impl->NowSwept());
  if (!impl->KeepsHistory() || offset < stream.Top().offset) {
    throw Error(Errc::kInvalidArgument, "a channel only skips forward, and only where the hub keeps history")
        .WithChannel(std::string(channel));
  }
  stream.SkipTo(offset);
}

std::vector<std::string> Hub::Core::Subscribers(std::string_view channel) const {
  const std::lock_guard lock(impl->mutex);
  return *impl->channels.Subscribers(channel);
}

}  // namespace gapless

#include "transport/centrifuge/server_side.h"

#include <utility>

namespace gapless::centrifuge {
namespace {

// Enough for what arrives between the connect result and the client's subscribe.
constexpr std::size_t kMaxKept = 128;
constexpr std::size_t kMaxKeptBytes = 256 * 1024;

bool SameEpoch(const Position& a, const Position& b) {
  return a.epoch == b.epoch || a.epoch.empty() || b.epoch.empty();
}

void Advance(Position& position, const Publication& publication) {
  if (publication.offset > 0) position.offset = publication.offset;
}

}  // namespace

std::map<std::string, Position> ServerSide::Places() const {
  std::map<std::string, Position> places;
  for (const auto& [name, channel] : channels_) {
    if (channel.recoverable && channel.from != Position{}) places.emplace(name, channel.from);
  }
  return places;
}

std::vector<std::string> ServerSide::Begin(const std::map<std::string, Position>& asked,
                                           std::map<std::string, SubscribeResult> subscriptions) {
  std::vector<std::string> gone;
  for (const auto& [name, channel] : std::exchange(channels_, {})) {
    if (channel.taken && !subscriptions.contains(name)) gone.push_back(name);
  }
  for (auto& [name, result] : subscriptions) {
    Add(name, result.recoverable, result.position);
    const auto place = asked.find(name);
    if (!result.recovered || place == asked.end()) continue;
    Channel& channel = channels_.at(name);
    channel.from.offset = place->second.offset;
    channel.top.offset = place->second.offset;
    for (Publication& publication : result.publications) Keep(channel, std::move(publication));
  }
  return gone;
}

void ServerSide::Add(const std::string& name, bool recoverable, const Position& position) {
  Channel channel;
  channel.recoverable = recoverable;
  channel.from = position;
  channel.top = position;
  channels_.insert_or_assign(name, std::move(channel));
}

bool ServerSide::Remove(const std::string& name) {
  const bool taken = IsTaken(name);
  channels_.erase(name);
  return taken;
}

bool ServerSide::IsTaken(const std::string& name) const {
  const auto found = channels_.find(name);
  return found != channels_.end() && found->second.taken;
}

ServerSide::Answer ServerSide::Take(const SubscribeRequest& request) {
  Channel& channel = channels_.at(request.channel);
  channel.taken = true;
  std::deque<Publication> kept = std::exchange(channel.kept, {});
  channel.kept_bytes = 0;
  const Position from = std::exchange(channel.from, channel.top);
  Answer answer{{channel.recoverable, channel.top, Recovery::kNotAsked, {}}, {}};
  if (!request.recover) {
    // Who was not there before begins with what comes next.
    dropped_ += kept.size();
    return answer;
  }
  const Position& wanted = *request.recover;
  if (channel.recoverable && SameEpoch(wanted, from) && wanted.offset >= from.offset &&
      wanted.offset <= channel.top.offset) {
    answer.reply.recovery = Recovery::kRecovered;
    answer.reply.position.offset = wanted.offset;
    for (Publication& publication : kept) {
      if (publication.offset > wanted.offset) answer.reply.publications.push_back(std::move(publication));
    }
    return answer;
  }
  answer.reply.recovery = Recovery::kNotRecovered;
  answer.reply.position = from;
  answer.publications.assign(std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  return answer;
}

void ServerSide::Release(const std::string& name) { channels_.at(name).taken = false; }

bool ServerSide::Deliver(const std::string& name, Publication& publication) {
  Channel& channel = channels_.at(name);
  if (!channel.taken) {
    Keep(channel, std::move(publication));
    return false;
  }
  Advance(channel.top, publication);
  channel.from = channel.top;
  return true;
}

void ServerSide::Keep(Channel& channel, Publication publication) {
  Advance(channel.top, publication);
  channel.kept_bytes += publication.data.size();
  channel.kept.push_back(std::move(publication));
  while (channel.kept.size() > kMaxKept || channel.kept_bytes > kMaxKeptBytes) {
    Advance(channel.from, channel.kept.front());
    channel.kept_bytes -= channel.kept.front().data.size();
    channel.kept.pop_front();
    ++dropped_;
  }
}

}  // namespace gapless::centrifuge

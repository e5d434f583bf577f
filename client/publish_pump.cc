#include "client/publish_pump.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/backoff.h"
#include "client/deadline.h"

namespace gapless::internal {
namespace {
// A server that wishes for more might as well refuse everything.
constexpr std::chrono::minutes kMaxPace{1};
}  // namespace

void PublishPump::Add(PendingPublish publish, TimePoint now) {
  const std::uint64_t ticket = next_ticket_++;
  publishes_.emplace_hint(publishes_.end(), ticket, Slot{std::move(publish), now});
  waiting_.insert(waiting_.end(), ticket);
}

void PublishPump::EndStalls(TimePoint now) {
  for (auto it = stalled_.begin(); it != stalled_.end();) {
    Channel& channel = channels_.at(*it);
    if (channel.in_flight != 0 || *channel.stalled_until > now) {
      ++it;
      continue;
    }
    channel.stalled_until.reset();
    channel.paced = false;
    if (!channel.held) {
      if (channel.parked.empty())
        channels_.erase(*it);
      else
        waiting_.merge(channel.parked);
    }
    it = stalled_.erase(it);
  }
}

void PublishPump::Fill(TimePoint now, std::size_t max_in_flight, std::uint64_t& next_id,
                       std::vector<TransportRequest>& out) {
  EndStalls(now);
  for (auto it = waiting_.begin(); it != waiting_.end() && in_flight_.size() < max_in_flight; it = waiting_.erase(it)) {
    const std::uint64_t ticket = *it;
    Slot& slot = publishes_.at(ticket);
    Channel& channel = channels_[slot.publish.channel];
    if (channel.stalled_until || channel.held) {
      channel.parked.insert(channel.parked.end(), ticket);
      continue;
    }
    const std::uint64_t id = next_id++;
    out.push_back({id, PublishRequest{slot.publish.channel, slot.publish.bytes}});
    in_flight_.emplace_hint(in_flight_.end(), id, Flight{ticket, now});
    ++channel.in_flight;
    resent_ += slot.sends > 0 ? 1 : 0;
    ++slot.sends;
    if (const auto pace = paces_.find(slot.publish.channel); pace != paces_.end()) {
      channel.stalled_until = After(now, pace->second);
      channel.paced = true;
      stalled_.insert(pace->first);
    }
  }
}

std::optional<PublishOutcome> PublishPump::TakeReply(const ReplyEvent& reply, TimePoint now, std::uint64_t random) {
  const auto flight = in_flight_.find(reply.id);
  const std::uint64_t ticket = flight->second.ticket;
  in_flight_.erase(flight);
  const auto slot = publishes_.find(ticket);
  const auto entry = channels_.find(slot->second.publish.channel);
  Channel& channel = entry->second;
  --channel.in_flight;

  const auto* error = std::get_if<ErrorReply>(&reply.body);
  if (error != nullptr && error->temporary) {
    channel.parked.insert(ticket);
    channel.stalled_until = After(now, BackoffDelay(policy_.min_delay, policy_.max_delay, channel.failures++, random));
    channel.paced = false;
    stalled_.insert(entry->first);
    return std::nullopt;
  }
  PublishOutcome outcome{std::move(slot->second.publish), std::nullopt, std::nullopt, slot->second.sends > 1};
  if (const auto* done = std::get_if<PublishReply>(&reply.body)) {
    outcome.position = done->position;
  } else if (error != nullptr) {
    outcome.refused = error->error;
  } else {
    outcome.refused = Error(Errc::kProtocol, "the transport answered a publish with something else");
  }
  publishes_.erase(slot);
  if (!channel.stalled_until || channel.paced) channel.failures = 0;
  if (!channel.stalled_until && channel.in_flight == 0 && !channel.held) channels_.erase(entry);
  return outcome;
}

void PublishPump::ConnectionLost() {
  for (const auto& [id, flight] : in_flight_) waiting_.insert(flight.ticket);
  for (auto& [name, channel] : channels_) waiting_.merge(channel.parked);
  in_flight_.clear();
  stalled_.clear();
  channels_.clear();
  paces_.clear();
}

void PublishPump::SetPace(const std::string& channel, std::chrono::milliseconds pace) {
  if (pace.count() > 0) {
    paces_[channel] = std::min<std::chrono::milliseconds>(pace, kMaxPace);
  } else {
    paces_.erase(channel);
  }
}

void PublishPump::Hold(const std::string& channel) { channels_[channel].held = true; }

void PublishPump::Release(const std::string& channel) {
  const auto entry = channels_.find(channel);
  if (entry == channels_.end()) return;
  entry->second.held = false;
  if (entry->second.stalled_until) return;
  waiting_.merge(entry->second.parked);
  if (entry->second.in_flight == 0) channels_.erase(entry);
}

std::vector<const PendingPublish*> PublishPump::Held(const std::string& channel) const {
  std::vector<const PendingPublish*> held;
  const auto entry = channels_.find(channel);
  if (entry == channels_.end()) return held;
  for (const std::uint64_t ticket : entry->second.parked) held.push_back(&publishes_.at(ticket).publish);
  return held;
}

std::vector<PendingPublish> PublishPump::TakeHeld(const std::string& channel,
                                                  const std::function<bool(const PendingPublish&)>& wanted) {
  std::vector<PendingPublish> taken;
  const auto entry = channels_.find(channel);
  if (entry == channels_.end()) return taken;
  std::set<std::uint64_t>& parked = entry->second.parked;
  for (auto it = parked.begin(); it != parked.end();) {
    const auto slot = publishes_.find(*it);
    if (!wanted(slot->second.publish)) {
      ++it;
      continue;
    }
    taken.push_back(std::move(slot->second.publish));
    publishes_.erase(slot);
    it = parked.erase(it);
  }
  return taken;
}

std::set<std::string> PublishPump::RecordedChannels() const {
  std::set<std::string> channels;
  for (const auto& [ticket, slot] : publishes_) {
    if (slot.publish.recorded) channels.insert(slot.publish.channel);
  }
  return channels;
}

std::vector<PendingPublish> PublishPump::TakeVolatile() {
  std::vector<PendingPublish> taken;
  for (auto it = publishes_.begin(); it != publishes_.end();) {
    if (it->second.publish.in_outbox) {
      ++it;
      continue;
    }
    waiting_.erase(it->first);
    taken.push_back(std::move(it->second.publish));
    it = publishes_.erase(it);
  }
  return taken;
}

std::vector<PendingPublish> PublishPump::TakeWaiters() {
  std::vector<PendingPublish> taken;
  for (auto& [ticket, slot] : publishes_) {
    if (!slot.publish.on_answer) continue;
    taken.push_back(slot.publish);
    slot.publish.on_answer = nullptr;
  }
  return taken;
}

std::optional<TimePoint> PublishPump::OldestAdded() const {
  if (publishes_.empty()) return std::nullopt;
  return publishes_.begin()->second.added;
}

std::optional<TimePoint> PublishPump::OldestSent() const {
  if (in_flight_.empty()) return std::nullopt;
  return in_flight_.begin()->second.sent;
}

std::optional<TimePoint> PublishPump::NextWork() const {
  std::optional<TimePoint> next;
  for (const std::string& name : stalled_) {
    const Channel& channel = channels_.at(name);
    if (channel.in_flight == 0 && (!next || *channel.stalled_until < *next)) next = channel.stalled_until;
  }
  return next;
}

}  // namespace gapless::internal

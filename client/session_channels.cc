// The session's half that keeps channels subscribed and feeds their receivers.

#include <algorithm>
#include <utility>

#include "client/backoff.h"
#include "client/deadline.h"
#include "client/session.h"

namespace gapless::internal {

void Session::AddSubscription(SubscriptionId id, std::string name, std::unique_ptr<Receiver> receiver,
                              std::chrono::milliseconds patience, TimePoint now, Effects& out) {
  Channel& channel = channels_[name];
  channel.members.insert(id);
  members_.emplace(id, Member{name, std::move(receiver), patience, false});
  if (state_ != ConnectionState::kConnected) return;
  switch (channel.wire) {
    case Channel::Wire::kOff:
    case Channel::Wire::kRefused:
      if (!Paused(channel)) Subscribe(name, channel, now, out);
      return;
    case Channel::Wire::kOn:
      Attach(id, channel.reply, std::nullopt, now, out);
      return;
    case Channel::Wire::kWaiting:
    case Channel::Wire::kSubscribing:
      return;  // The reply will attach it with the others.
  }
}

void Session::RemoveSubscription(SubscriptionId id, TimePoint now, Effects& out) {
  const auto member = members_.find(id);
  if (member == members_.end()) return;
  const auto entry = channels_.find(member->second.channel);
  Channel& channel = entry->second;
  channel.members.erase(id);
  members_.erase(member);
  patience_ends_.erase(id);
  if (channel.members.empty()) {
    if (channel.wire == Channel::Wire::kOn || channel.wire == Channel::Wire::kSubscribing) {
      Request(UnsubscribeRequest{entry->first}, {OfNobody{}, now}, out);
    }
    retries_.erase(entry->first);
    channels_.erase(entry);
    return;
  }
  if (state_ == ConnectionState::kConnected && channel.wire == Channel::Wire::kOff && !Paused(channel)) {
    Subscribe(entry->first, channel, now, out);
  }
}

void Session::SetPaused(SubscriptionId id, bool paused, TimePoint now, Effects& out) {
  const auto found = members_.find(id);
  if (found == members_.end() || found->second.paused == paused) return;
  found->second.paused = paused;
  const auto entry = channels_.find(found->second.channel);
  Channel& channel = entry->second;
  if (state_ != ConnectionState::kConnected) return;
  if (paused) {
    if (channel.wire == Channel::Wire::kOn || channel.wire == Channel::Wire::kSubscribing) {
      Request(UnsubscribeRequest{entry->first}, {OfNobody{}, now}, out);
    }
    channel.wire = Channel::Wire::kOff;
    channel.request = 0;
    retries_.erase(entry->first);
    DetachMembers(channel);
  } else if (!Paused(channel) && channel.wire == Channel::Wire::kOff) {
    Subscribe(entry->first, channel, now, out);
  }
}

bool Session::Paused(const Channel& channel) const {
  return std::any_of(channel.members.begin(), channel.members.end(),
                     [this](SubscriptionId id) { return members_.at(id).paused; });
}

void Session::DetachMembers(const Channel& channel) {
  for (const SubscriptionId id : channel.members) members_.at(id).receiver->Detach();
}

void Session::Subscribe(const std::string& name, Channel& channel, TimePoint now, Effects& out) {
  // One wire subscription serves all members, so it recovers from the one that is furthest behind.
  std::optional<Position> from;
  for (const SubscriptionId id : channel.members) {
    const auto& position = members_.at(id).receiver->position();
    if (position && (!from || (position->epoch == from->epoch && position->offset < from->offset))) from = position;
  }
  channel.wire = Channel::Wire::kSubscribing;
  channel.asked = from;
  channel.request = Request(SubscribeRequest{name, from}, {OfChannel{name}, now}, out);
}

void Session::OnSubscribeReply(const std::string& name, const ReplyEvent& reply, TimePoint now, std::uint64_t random,
                               Effects& out) {
  const auto entry = channels_.find(name);
  if (entry == channels_.end() || entry->second.request != reply.id) return;  // Given up meanwhile.
  Channel& channel = entry->second;
  channel.request = 0;
  if (const auto* error = std::get_if<ErrorReply>(&reply.body)) {
    if (error->temporary) {
      channel.wire = Channel::Wire::kWaiting;
      retries_[name] =
          now + BackoffDelay(options_.reconnect.min_delay, options_.reconnect.max_delay, channel.failures++, random);
    } else {
      channel.wire = Channel::Wire::kRefused;
    }
    ReportToMembers(channel, error->error, now, out);
    return;
  }
  const auto* accepted = std::get_if<SubscribeReply>(&reply.body);
  if (accepted == nullptr) return;
  channel.wire = Channel::Wire::kOn;
  channel.failures = 0;
  // Whoever joins now or has no position yet begins behind what this reply brings.
  channel.reply = SubscribeReply{accepted->recoverable, accepted->position, Recovery::kNotAsked, {}};
  if (!accepted->publications.empty()) {
    channel.reply.position.offset = std::max(channel.reply.position.offset, accepted->publications.back().offset);
  }
  const std::set<SubscriptionId> members = channel.members;
  for (const SubscriptionId id : members) {
    const bool known = members_.at(id).receiver->position().has_value();
    Attach(id, known ? *accepted : channel.reply, known ? channel.asked : std::nullopt, now, out);
  }
}

void Session::Attach(SubscriptionId id, const SubscribeReply& reply, const std::optional<Position>& asked,
                     TimePoint now, Effects& out) {
  ReceiverOutput output;
  members_.at(id).receiver->Attach(asked, reply, output);
  Emit(id, std::move(output), now, out);
}

void Session::OnPublication(const PublicationEvent& event, TimePoint now, Effects& out) {
  const auto entry = channels_.find(event.channel);
  if (entry == channels_.end()) return;  // Unsubscribed meanwhile.
  Channel& channel = entry->second;
  channel.reply.position.offset = std::max(channel.reply.position.offset, event.publication.offset);
  for (const SubscriptionId id : channel.members) {
    ReceiverOutput output;
    members_.at(id).receiver->Take(event.publication, output);
    Emit(id, std::move(output), now, out);
  }
}

void Session::OnSubscriptionEnded(const SubscriptionEndedEvent& event, TimePoint now, Effects& out) {
  const auto entry = channels_.find(event.channel);
  if (entry == channels_.end() || entry->second.wire != Channel::Wire::kOn) return;
  Channel& channel = entry->second;
  DetachMembers(channel);
  ReportToMembers(channel, event.error, now, out);
  if (event.resubscribe) {
    Subscribe(entry->first, channel, now, out);
  } else {
    channel.wire = Channel::Wire::kRefused;
  }
}

void Session::ReportToMembers(const Channel& channel, const Error& error, TimePoint now, Effects& out) {
  for (const SubscriptionId id : channel.members) {
    const Member& member = members_.at(id);
    Error report = error;
    ReceiverOutput output;
    output.deliveries.push_back({report.WithChannel(member.channel), member.receiver->checkpoint()});
    Emit(id, std::move(output), now, out);
  }
}

void Session::Emit(SubscriptionId id, ReceiverOutput output, TimePoint now, Effects& out) {
  Member& member = members_.at(id);
  if (output.history) {
    Request(std::move(*output.history), {OfReceiver{id}, now}, out);
    output.history.reset();
  }
  if (!member.receiver->has_open_gap()) {
    patience_ends_.erase(id);
  } else {
    patience_ends_.try_emplace(id, After(now, member.patience));
  }
  out.push_back(DeliverEffect{id, std::move(output)});
}

}  // namespace gapless::internal

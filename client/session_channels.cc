// The session's half that keeps channels subscribed and feeds their receivers.

#include <algorithm>
#include <utility>

#include "client/deadline.h"
#include "client/session.h"

namespace gapless::internal {
namespace {
// With the delays between them long enough for a server's hiccup, short enough that the stream is not held up for long.
constexpr std::uint32_t kMaxRepairRetries = 4;
}  // namespace

void Session::AddSubscription(SubscriptionId id, std::string name, std::unique_ptr<Receiver> receiver, Wishes wishes,
                              TimePoint now, Effects& out) {
  Channel& channel = channels_[name];
  channel.members.insert(id);
  members_.emplace(id, Member{name, std::move(receiver), wishes, false});
  if (state_ != ConnectionState::kConnected) return;
  const bool subscribed = channel.wire == Channel::Wire::kOn || channel.wire == Channel::Wire::kSubscribing;
  const bool misses = channel.filter && channel.filter != wishes.filter;
  if (subscribed && ((wishes.join_leave && !channel.join_leave) || misses)) {
    // What a subscription is told is settled when it begins.
    Request(UnsubscribeRequest{name}, {OfNobody{}, now}, out);
    DetachMembers(channel);
    Subscribe(name, channel, now, out);
    return;
  }
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
  repair_retries_.erase(id);
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
  if (state_ != ConnectionState::kConnected || channel.wire == Channel::Wire::kRefused) return;
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
  for (const SubscriptionId id : channel.members) {
    members_.at(id).receiver->Detach();
    ForgetRepair(id);
    // Where nothing can be heard, silence shows nothing.
    patience_ends_.erase(id);
  }
}

void Session::ForgetRepair(SubscriptionId id) {
  Member& member = members_.at(id);
  member.repair.reset();
  member.repair_request = 0;
  member.repair_failures = 0;
  repair_retries_.erase(id);
}

void Session::Subscribe(const std::string& name, Channel& channel, TimePoint now, Effects& out) {
  // One wire subscription serves all members, so it recovers from the one that is furthest behind.
  std::optional<Position> from;
  for (const SubscriptionId id : channel.members) {
    const auto& position = members_.at(id).receiver->position();
    // An empty one is of a channel without history, from where nothing can be recovered.
    if (position && *position != Position{} &&
        (!from || (position->epoch == from->epoch && position->offset < from->offset)))
      from = position;
  }
  channel.wire = Channel::Wire::kSubscribing;
  channel.asked = from;
  channel.join_leave = std::any_of(channel.members.begin(), channel.members.end(),
                                   [this](SubscriptionId id) { return members_.at(id).wishes.join_leave; });
  channel.filter = CommonFilter(channel);
  channel.request =
      Request(SubscribeRequest{name, from, channel.join_leave, channel.filter}, {OfChannel{name}, now}, out);
}

std::optional<TagFilter> Session::CommonFilter(const Channel& channel) const {
  const std::optional<TagFilter>& first = members_.at(*channel.members.begin()).wishes.filter;
  const bool common = std::all_of(channel.members.begin(), channel.members.end(),
                                  [&](SubscriptionId id) { return members_.at(id).wishes.filter == first; });
  return common ? first : std::nullopt;
}

void Session::SubscribeLater(const std::string& name, Channel& channel, TimePoint now, std::uint64_t random) {
  channel.wire = Channel::Wire::kWaiting;
  retries_[name] = RetryAt(channel.failures++, now, random);
}

void Session::OnSubscribeReply(const std::string& name, const ReplyEvent& reply, TimePoint now, std::uint64_t random,
                               Effects& out) {
  const auto entry = channels_.find(name);
  if (entry == channels_.end() || entry->second.request != reply.id) return;  // Given up meanwhile.
  Channel& channel = entry->second;
  channel.request = 0;
  const auto* accepted = std::get_if<SubscribeReply>(&reply.body);
  if (accepted == nullptr) {
    const ErrorReply refusal = RefusalOf(reply);
    if (refusal.temporary) {
      SubscribeLater(name, channel, now, random);
    } else {
      channel.wire = Channel::Wire::kRefused;
    }
    ReportToMembers(channel, refusal.error, now, out);
    return;
  }
  channel.wire = Channel::Wire::kOn;
  channel.on_since = now;
  pump_.SetPace(name, accepted->publish_pause);
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

void Session::OnMemberChange(const std::string& name, const MemberChange& change, TimePoint now, Effects& out) {
  const auto entry = channels_.find(name);
  if (entry == channels_.end() || entry->second.wire != Channel::Wire::kOn) return;
  for (const SubscriptionId id : entry->second.members) {
    const Member& member = members_.at(id);
    if (!member.wishes.join_leave) continue;
    ReceiverOutput output;
    output.deliveries.push_back({change, member.receiver->checkpoint()});
    Emit(id, std::move(output), now, out);
  }
}

void Session::OnServerSubscribed(const std::string& name, TimePoint now, Effects& out) {
  const auto entry = channels_.find(name);
  if (entry == channels_.end() || Paused(entry->second)) return;
  const Channel::Wire wire = entry->second.wire;
  if (wire == Channel::Wire::kOn || wire == Channel::Wire::kSubscribing) return;
  // It was refused, and will not be now.
  retries_.erase(name);
  Subscribe(name, entry->second, now, out);
}

void Session::OnSubscriptionEnded(const SubscriptionEndedEvent& event, TimePoint now, std::uint64_t random,
                                  Effects& out) {
  const auto entry = channels_.find(event.channel);
  if (entry == channels_.end() || entry->second.wire != Channel::Wire::kOn) return;
  Channel& channel = entry->second;
  DetachMembers(channel);
  ReportToMembers(channel, event.error, now, out);
  if (!event.resubscribe) {
    channel.wire = Channel::Wire::kRefused;
    return;
  }
  // As with connections: only one that lasted shows that all is well, others must not be made in a hot loop.
  if (After(channel.on_since, options_.reconnect.stable_after) <= now) channel.failures = 0;
  if (channel.failures == 0) {
    ++channel.failures;
    Subscribe(entry->first, channel, now, out);
  } else {
    SubscribeLater(entry->first, channel, now, random);
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

void Session::AskForRepair(SubscriptionId id, TimePoint now, Effects& out) {
  Member& member = members_.at(id);
  member.repair_request = Request(*member.repair, {OfReceiver{id}, now}, out);
}

void Session::OnRepairReply(SubscriptionId id, const ReplyEvent& reply, TimePoint now, std::uint64_t random,
                            Effects& out) {
  const auto found = members_.find(id);
  // An answer to what was asked before a pause would be taken for one to what was asked after it.
  if (found == members_.end() || found->second.repair_request != reply.id) return;
  Member& member = found->second;
  ReceiverOutput output;
  if (const auto* history = std::get_if<HistoryReply>(&reply.body)) {
    ForgetRepair(id);
    member.receiver->TakeHistory(*history, output);
  } else {
    const ErrorReply refusal = RefusalOf(reply);
    if (refusal.temporary && member.repair_failures < kMaxRepairRetries) {
      member.repair_request = 0;
      repair_retries_[id] = RetryAt(member.repair_failures++, now, random);
      return;
    }
    ForgetRepair(id);
    member.receiver->TakeHistory(refusal, output);
  }
  Emit(id, std::move(output), now, out);
}

void Session::Emit(SubscriptionId id, ReceiverOutput output, TimePoint now, Effects& out) {
  Member& member = members_.at(id);
  if (output.history) {
    member.repair = std::move(output.history);
    output.history.reset();
    AskForRepair(id, now, out);
  }
  const bool opened = std::any_of(output.deliveries.begin(), output.deliveries.end(), [](const Delivery& delivery) {
    const auto* gap = std::get_if<Gap>(&delivery.what);
    return gap != nullptr && gap->kind == GapKind::kOpen;
  });
  if (!member.receiver->has_open_gap() || !member.receiver->attached()) {
    patience_ends_.erase(id);
  } else if (opened || !patience_ends_.contains(id)) {
    patience_ends_[id] = After(now, member.wishes.patience);
  }
  out.push_back(DeliverEffect{id, std::move(output)});
}

}  // namespace gapless::internal

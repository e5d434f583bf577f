#include "hub/channel_runtime.h"

#include <utility>
#include <variant>

namespace gapless::hub {

void ChannelRuntime::Handle(Event event) {
  std::visit([this](auto&& what) { On(std::move(what)); }, std::move(event));
}

std::vector<Outbound> ChannelRuntime::FlushOutbox() { return std::exchange(outbox_, {}); }

void ChannelRuntime::On(event::Join join) {
  OrderedMap<Membership>& topics = memberships_[join.client_id];
  if (topics.Find(join.topic) != nullptr) {
    return Answer(std::move(join.client_id), std::move(join.topic), kStatusError, kAlreadyJoined);
  }
  const Meta meta{"r" + std::to_string(next_ref_++), join.now_ms};
  topics.FindOrAppend(join.topic) = {join.user_id, meta.ref};
  ++membership_count_;
  broker_.Subscribe(join.topic, join.client_id);
  Diff diff = tracker_.Join(join.topic, join.user_id, meta);
  Answer(std::move(join.client_id), join.topic, kStatusOk, kJoined);
  outbox_.emplace_back(outbound::PresenceDiff{std::move(join.topic), std::move(diff)});
}

void ChannelRuntime::On(event::Leave leave) {
  const auto topics = memberships_.find(leave.client_id);
  Membership* const found = topics == memberships_.end() ? nullptr : topics->second.Find(leave.topic);
  if (found == nullptr) {
    return Answer(std::move(leave.client_id), std::move(leave.topic), kStatusError, kNotJoined);
  }
  const Membership membership = std::move(*found);
  topics->second.Erase(leave.topic);
  if (topics->second.empty()) memberships_.erase(topics);
  --membership_count_;
  broker_.Unsubscribe(leave.topic, leave.client_id);
  Diff diff = tracker_.Leave(leave.topic, membership.user_id, membership.ref);
  Answer(std::move(leave.client_id), leave.topic, kStatusOk, kLeft);
  outbox_.emplace_back(outbound::PresenceDiff{std::move(leave.topic), std::move(diff)});
}

void ChannelRuntime::Answer(Id client_id, Id topic, const char* status, const char* payload) {
  outbox_.emplace_back(outbound::Reply{std::move(client_id), std::move(topic), status, payload});
}

bool ChannelRuntime::IsMember(std::string_view client_id, std::string_view topic) const {
  const auto found = memberships_.find(client_id);
  return found != memberships_.end() && found->second.Find(topic) != nullptr;
}

std::vector<Id> ChannelRuntime::TopicsOf(std::string_view client_id) const {
  std::vector<Id> topics;
  const auto found = memberships_.find(client_id);
  if (found == memberships_.end()) return topics;
  topics.reserve(found->second.size());
  found->second.ForEach([&](const Id& topic, const Membership&) { topics.push_back(topic); });
  return topics;
}

std::size_t ChannelRuntime::TopicCountOf(std::string_view client_id) const {
  const auto found = memberships_.find(client_id);
  return found == memberships_.end() ? 0 : found->second.size();
}

}  // namespace gapless::hub

#include "hub/broker.h"

#include <memory>
#include <utility>
#include <vector>

namespace gapless::hub {

void Broker::Subscribe(std::string_view topic, std::string_view subscriber) {
  Topic& entry = topics_.FindOrAppend(topic);
  entry.subscribers.FindOrAppend(subscriber);
  entry.snapshot.reset();
}

void Broker::Unsubscribe(std::string_view topic, std::string_view subscriber) {
  Topic* const entry = topics_.Find(topic);
  if (entry == nullptr || !entry->subscribers.Erase(subscriber)) return;
  entry->snapshot.reset();
  if (entry->subscribers.empty()) topics_.Erase(topic);
}

Recipients Broker::Subscribers(std::string_view topic) const {
  static const Recipients kNobody = std::make_shared<const std::vector<Id>>();
  const Topic* const entry = topics_.Find(topic);
  if (entry == nullptr) return kNobody;
  if (!entry->snapshot) {
    std::vector<Id> ids;
    ids.reserve(entry->subscribers.size());
    entry->subscribers.ForEach([&](const Id& id, std::monostate) { ids.push_back(id); });
    entry->snapshot = std::make_shared<const std::vector<Id>>(std::move(ids));
  }
  return entry->snapshot;
}

std::vector<Id> Broker::Topics() const {
  std::vector<Id> topics;
  topics.reserve(topics_.size());
  topics_.ForEach([&](const Id& topic, const Topic&) { topics.push_back(topic); });
  return topics;
}

}  // namespace gapless::hub

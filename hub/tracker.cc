#include "hub/tracker.h"

#include <string>
#include <utility>

namespace gapless::hub {

Diff Tracker::Join(std::string_view topic, std::string_view key, const Meta& meta) {
  Diff diff{.topic = Id(topic), .joins = {}, .leaves = {}};
  Topic& entry = topics_.FindOrAppend(topic);
  auto& metas = entry.keys.FindOrAppend(key);
  if (metas.Find(meta.ref) != nullptr) return diff;
  metas.FindOrAppend(meta.ref) = meta.online_at_ms;
  ++entry.ref_count;
  diff.joins.push_back({Id(key), {meta}});
  return diff;
}

Diff Tracker::Leave(std::string_view topic, std::string_view key, std::string_view ref) {
  Diff diff{.topic = Id(topic), .joins = {}, .leaves = {}};
  Topic* const entry = topics_.Find(topic);
  if (entry == nullptr) return diff;
  auto* const metas = entry->keys.Find(key);
  if (metas == nullptr) return diff;
  const std::int64_t* const online_at_ms = metas->Find(ref);
  if (online_at_ms == nullptr) return diff;
  diff.leaves.push_back({Id(key), {Meta{Id(ref), *online_at_ms}}});
  metas->Erase(ref);
  --entry->ref_count;
  if (metas->empty()) entry->keys.Erase(key);
  if (entry->keys.empty()) topics_.Erase(topic);
  return diff;
}

std::vector<Entry> Tracker::ListTopic(std::string_view topic) const {
  std::vector<Entry> entries;
  const Topic* const found = topics_.Find(topic);
  if (found == nullptr) return entries;
  entries.reserve(found->keys.size());
  found->keys.ForEach([&](const Id& key, const OrderedMap<std::int64_t>& metas) {
    Entry& entry = entries.emplace_back(Entry{key, {}});
    metas.ForEach([&](const Id& ref, std::int64_t online_at_ms) { entry.metas.push_back({ref, online_at_ms}); });
  });
  return entries;
}

std::size_t Tracker::KeyCount(std::string_view topic) const {
  const Topic* const found = topics_.Find(topic);
  return found == nullptr ? 0 : found->keys.size();
}

std::size_t Tracker::RefCount(std::string_view topic) const {
  const Topic* const found = topics_.Find(topic);
  return found == nullptr ? 0 : found->ref_count;
}

}  // namespace gapless::hub

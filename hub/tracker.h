#ifndef GAPLESS_HUB_TRACKER_H_
#define GAPLESS_HUB_TRACKER_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "hub/ordered_map.h"
#include "hub/types.h"

namespace gapless::hub {

/// Who is present where: topic → key → metas, all in order of appearance. What empties is forgotten. Refs are
/// unique within a topic and key only.
class Tracker {
 public:
  /// A ref that is there already changes nothing and gives an empty diff.
  Diff Join(std::string_view topic, std::string_view key, const Meta& meta);
  /// What is not there changes nothing and gives an empty diff.
  Diff Leave(std::string_view topic, std::string_view key, std::string_view ref);

  std::vector<Entry> ListTopic(std::string_view topic) const;
  std::size_t KeyCount(std::string_view topic) const;
  std::size_t RefCount(std::string_view topic) const;

 private:
  struct Topic {
    /// Key → ref → online_at_ms.
    OrderedMap<OrderedMap<std::int64_t>> keys;
    std::size_t ref_count = 0;
  };
  OrderedMap<Topic> topics_;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_TRACKER_H_

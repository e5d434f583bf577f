#ifndef GAPLESS_HUB_BROKER_H_
#define GAPLESS_HUB_BROKER_H_

#include <string_view>
#include <variant>

#include "hub/ordered_map.h"
#include "hub/types.h"

namespace gapless::hub {

/// Who subscribes to which topic. A topic without subscribers is forgotten.
class Broker {
 public:
  /// A second subscribe changes nothing and keeps the place.
  void Subscribe(std::string_view topic, std::string_view subscriber);
  void Unsubscribe(std::string_view topic, std::string_view subscriber);
  /// A snapshot that later changes do not touch; the same one while nothing changes.
  Recipients Subscribers(std::string_view topic) const;
  /// Those with subscribers, in the order of their first ones.
  std::vector<Id> Topics() const;

 private:
  struct Topic {
    OrderedMap<std::monostate> subscribers;
    /// Null after a change, until somebody asks.
    mutable Recipients snapshot;
  };
  OrderedMap<Topic> topics_;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_BROKER_H_

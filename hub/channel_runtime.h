#ifndef GAPLESS_HUB_CHANNEL_RUNTIME_H_
#define GAPLESS_HUB_CHANNEL_RUNTIME_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/broker.h"
#include "hub/ordered_map.h"
#include "hub/tracker.h"
#include "hub/types.h"

namespace gapless::hub {

/// Memberships of clients in topics: takes events, puts what follows from each into an outbox. A value without
/// clock, lock or I/O; equal calls give equal results. It refuses, it never throws for content.
///
///   event | not a member                         | member
///   Join  | Reply ok joined, PresenceDiff +user  | Reply error already_joined
///   Leave | Reply error not_joined               | Reply ok left, PresenceDiff -user
///
/// A member is subscribed to the topic and present in it under its user, until it leaves.
class ChannelRuntime {
 public:
  void Handle(Event event);
  /// Everything since the last flush, oldest first.
  [[nodiscard]] std::vector<Outbound> FlushOutbox();

  std::size_t MembershipCount() const noexcept { return membership_count_; }
  Recipients Subscribers(std::string_view topic) const { return broker_.Subscribers(topic); }
  /// Those with subscribers.
  std::vector<Id> Topics() const { return broker_.Topics(); }
  /// Users of `topic` by first appearance, each with one meta per membership.
  std::vector<Entry> Presences(std::string_view topic) const { return tracker_.ListTopic(topic); }
  /// Distinct users of `topic`.
  std::size_t UserCount(std::string_view topic) const { return tracker_.KeyCount(topic); }
  bool IsMember(std::string_view client_id, std::string_view topic) const;
  /// In the order of joining.
  std::vector<Id> TopicsOf(std::string_view client_id) const;
  std::size_t TopicCountOf(std::string_view client_id) const;

 private:
  struct Membership {
    Id user_id;
    Id ref;
  };

  void On(event::Join join);
  void On(event::Leave leave);
  void Answer(Id client_id, Id topic, const char* status, const char* payload);

  Broker broker_;
  Tracker tracker_;
  /// Client → topic → membership.
  TextMap<OrderedMap<Membership>> memberships_;
  std::size_t membership_count_ = 0;
  std::vector<Outbound> outbox_;
  /// Refs are never used twice, so that a mirror of the diffs cannot mistake one membership for another.
  std::uint64_t next_ref_ = 1;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_CHANNEL_RUNTIME_H_

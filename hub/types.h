#ifndef GAPLESS_HUB_TYPES_H_
#define GAPLESS_HUB_TYPES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace gapless::hub {

// The words of the channel runtime. A topic is what the rest of gapless calls a channel; a client is one
// connection; a user is a presence key, and one user may be there through several clients.

/// Opaque bytes, compared exactly.
using Id = std::string;

/// One way in which a user is present: the membership that `ref` names, since `online_at_ms`.
struct Meta {
  Id ref;
  std::int64_t online_at_ms = 0;
  friend bool operator==(const Meta&, const Meta&) = default;
};
struct Entry {
  Id key;
  std::vector<Meta> metas;
  friend bool operator==(const Entry&, const Entry&) = default;
};
struct Diff {
  Id topic;
  std::vector<Entry> joins;
  std::vector<Entry> leaves;
  friend bool operator==(const Diff&, const Diff&) = default;
};

/// The subscribers of a topic at one moment, oldest subscription first. Never null.
using Recipients = std::shared_ptr<const std::vector<Id>>;

namespace event {
struct Join {
  Id client_id, topic, user_id;
  std::int64_t now_ms = 0;
};
struct Leave {
  Id client_id, topic;
};
}  // namespace event

namespace outbound {
struct Reply {
  Id client_id, topic;
  std::string status, payload;
  friend bool operator==(const Reply&, const Reply&) = default;
};
struct PresenceDiff {
  Id topic;
  Diff diff;
  friend bool operator==(const PresenceDiff&, const PresenceDiff&) = default;
};
}  // namespace outbound

using Event = std::variant<event::Join, event::Leave>;
using Outbound = std::variant<outbound::Reply, outbound::PresenceDiff>;

inline constexpr char kStatusOk[] = "ok";
inline constexpr char kStatusError[] = "error";
inline constexpr char kJoined[] = "joined";
inline constexpr char kLeft[] = "left";
inline constexpr char kAlreadyJoined[] = "already_joined";
inline constexpr char kNotJoined[] = "not_joined";

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_TYPES_H_

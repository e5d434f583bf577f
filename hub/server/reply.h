#ifndef GAPLESS_HUB_SERVER_REPLY_H_
#define GAPLESS_HUB_SERVER_REPLY_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/transport.h"
#include "hub/core.h"
#include "hub/server/emulation.h"

namespace gapless::hub {

// What the server sends: each function appends one JSON object without newline. Members with default values are
// left out where Centrifuge servers leave them out.

/// How long what a token allows lasts, in seconds; none: for ever.
using TimeToLive = std::optional<std::uint32_t>;

struct ConnectReply {
  std::string client_id;
  TimeToLive ttl = std::nullopt;
  /// 0: no pings.
  std::uint32_t ping_seconds = 0;
  bool pong = false;
  EmulationIds ids = {};
};

void AppendConnectReply(std::string& out, std::uint32_t id, const ConnectReply& reply);
/// With `delta` the publications are written as `AppendDeltaPush` does, each with the one before as its base.
void AppendSubscribeReply(std::string& out, std::uint32_t id, const SubscribeReply& reply,
                          TimeToLive ttl = std::nullopt, bool delta = false);
/// `command` is "refresh" or "sub_refresh".
void AppendRefreshReply(std::string& out, std::uint32_t id, std::string_view command, TimeToLive ttl);
/// A reply that has nothing to say but that `command` (its name) succeeded.
void AppendEmptyReply(std::string& out, std::uint32_t id, std::string_view command);
void AppendHistoryReply(std::string& out, std::uint32_t id, const HistoryReply& reply);
void AppendPresenceReply(std::string& out, std::uint32_t id, const std::vector<Presence>& members);
void AppendPresenceStatsReply(std::string& out, std::uint32_t id, const PresenceStats& stats);
void AppendErrorReply(std::string& out, std::uint32_t id, std::uint32_t code);
void AppendUnsubscribePush(std::string& out, std::string_view channel, std::uint32_t code, std::string_view reason);
/// Where no close frame can say it.
void AppendDisconnectPush(std::string& out, std::uint32_t code, std::string_view reason);
void AppendPublicationPush(std::string& out, std::string_view channel, const Publication& publication);
void AppendPresencePush(std::string& out, std::string_view channel, bool joined, const Presence& member);
/// For a subscriber who takes deltas: the payload, or what makes it of `base` if there is one and that is shorter, as a
/// JSON string.
void AppendDeltaPush(std::string& out, std::string_view channel, const Publication& publication,
                     const Publication* base);

/// A ping, and nothing else.
inline constexpr std::string_view kPing = "{}";

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_REPLY_H_

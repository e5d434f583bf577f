#ifndef GAPLESS_HUB_SERVER_COMMAND_H_
#define GAPLESS_HUB_SERVER_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gapless/transport.h"

namespace gapless::hub {

// What a client may send, one struct per command; fields that the hub has no use for are checked and left out.

struct ConnectCommand {
  std::string token;
};
/// In the protocol's schema, but no server takes it.
struct PingCommand {};
struct SubscribeCommand {
  std::string channel;
  std::string token;
  bool recover = false;
  Position position;
  std::string delta;
  bool join_leave = false;
  std::int64_t flag = 0;
  /// A tag filter as it was sent; empty if there was none.
  std::string_view filter;
};
struct UnsubscribeCommand {
  std::string channel;
};
struct PublishCommand {
  std::string channel;
  /// Exactly the bytes of the JSON value inside the frame; empty if there was none.
  std::string_view data;
};
struct PresenceCommand {
  std::string channel;
};
struct PresenceStatsCommand {
  std::string channel;
};
struct HistoryCommand {
  std::string channel;
  /// Negative: as many as the server gives.
  std::int32_t limit = 0;
  std::optional<Position> since;
  bool reverse = false;
};
struct RpcCommand {};
struct SendCommand {};
struct RefreshCommand {
  std::string token;
};
struct SubRefreshCommand {
  std::string channel;
  std::string token;
};
/// An object without id: the answer to a ping.
struct PongCommand {};

struct Command {
  std::uint32_t id = 0;
  std::variant<ConnectCommand, PingCommand, SubscribeCommand, UnsubscribeCommand, PublishCommand, PresenceCommand,
               PresenceStatsCommand, HistoryCommand, RpcCommand, SendCommand, RefreshCommand, SubRefreshCommand,
               PongCommand>
      body;
};

/// Takes a client's frame apart: one JSON object per line. Understands it as Centrifuge servers do: spaces around
/// an object pass, what follows the object on its line vanishes, unknown members are ignored; known members of
/// the wrong type are malformed, and so are known members that occur twice.
class CommandReader {
 public:
  enum class Result { kCommand, kEnd, kMalformed };

  /// `frame` must outlive the reader and the commands.
  explicit CommandReader(std::string_view frame) noexcept : rest_(frame) {}
  /// After `kMalformed` the rest of the frame means nothing.
  Result Next(Command& command);

 private:
  std::string_view rest_;
  bool first_ = true;
};

/// Whether `text` is one JSON value in UTF-8, with space around it or not.
bool IsJsonValue(std::string_view text);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_COMMAND_H_

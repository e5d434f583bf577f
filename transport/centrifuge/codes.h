#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_CODES_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_CODES_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "gapless/transport.h"
#include "transport/centrifuge/messages.h"

namespace gapless::centrifuge {

/// One number that a server gives as a reason, and what follows from it.
struct Code {
  std::uint32_t number;
  std::string_view name;
  Errc errc;
  /// Error: the request may succeed later. Disconnect: connecting again makes sense. Unsubscribe: subscribing again
  /// does.
  bool again;
};

/// Those that say something of a token or a position.
inline constexpr std::uint32_t kTokenExpired = 109;
inline constexpr std::uint32_t kConnectionExpired = 3005;
inline constexpr std::uint32_t kConnectionInvalidated = 3014;
inline constexpr std::uint32_t kInvalidToken = 3500;
inline constexpr std::uint32_t kSubscriptionExpired = 2501;
inline constexpr std::uint32_t kSubscriptionInvalidated = 2502;

// The numbers that the protocol names. Others are judged by their range alone.
std::span<const Code> ErrorCodes();
std::span<const Code> DisconnectCodes();
std::span<const Code> UnsubscribeCodes();

/// A refused request. `what` names the request, as in "publish".
ErrorReply RefusalFrom(const ServerError& error, std::string_view what);
/// A refused connection.
DisconnectedEvent ConnectRefusalFrom(const ServerError& error);
/// A connection that the server ended, by close code or by push.
DisconnectedEvent DisconnectFrom(std::uint32_t code, std::string_view reason);
/// A subscription that the server ended.
SubscriptionEndedEvent UnsubscribeFrom(const UnsubscribePush& push);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_CODES_H_

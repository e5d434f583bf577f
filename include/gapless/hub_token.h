#ifndef GAPLESS_HUB_TOKEN_H_
#define GAPLESS_HUB_TOKEN_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gapless {

/// What a token says. With `channel` it is a subscription token, good for that channel alone; without, a connection
/// token.
struct HubTokenClaims {
  /// `sub`: the user, "" for an anonymous one.
  std::string user = {};
  /// `exp`: the token is refused from then on, and what was begun with it expires then. None: never. Whole seconds.
  std::optional<std::chrono::system_clock::time_point> expires = std::nullopt;
  /// `expire_at`: when what was begun with the token expires, in place of `expires`. The epoch itself means never.
  std::optional<std::chrono::system_clock::time_point> expire_at = std::nullopt;
  /// Raw JSON that others see of this connection in presence, or empty. `HubServer` does nothing with a subscription's.
  std::string info = {};
  /// The channel of a subscription token.
  std::string channel = {};
  /// `channels` of a connection token: what the server subscribes the client to by itself. `HubServer` checks that it
  /// is a list of names and does nothing with it.
  std::vector<std::string> channels = {};
};

/// A token (JWT) for Centrifugo and for a `HubServer` of this secret, signed with HMAC-SHA256: for tests and local
/// development, where nobody else hands tokens out. In target gapless::hub; thread-safe. Throws
/// `Error(kInvalidArgument)` for an empty secret, and where `info` is not JSON or a text not UTF-8.
std::string MintHubToken(std::string_view secret, const HubTokenClaims& claims);

}  // namespace gapless

#endif  // GAPLESS_HUB_TOKEN_H_

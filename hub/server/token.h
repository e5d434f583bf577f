#ifndef GAPLESS_HUB_SERVER_TOKEN_H_
#define GAPLESS_HUB_SERVER_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gapless::hub {

/// Seconds since the epoch of Unix.
using UnixSeconds = std::int64_t;

/// What a good token says.
struct TokenClaims {
  std::string user;
  /// Raw JSON, or empty.
  std::string info;
  /// Of a subscription token.
  std::optional<std::string> channel;
  std::vector<std::string> channels;
  /// When what is begun with the token expires; none: never.
  std::optional<UnixSeconds> expires_at;
};

enum class TokenProblem : std::uint8_t {
  /// Not a token, not signed with the secret, or with claims of wrong types.
  kInvalid,
  /// Good, but not at this time: `exp` has passed, or `nbf` has not.
  kExpired,
  /// Good, but `expire_at` has passed.
  kOver,
};

/// Checks a JWT that is signed with HMAC-SHA256, and no other. Pure; whatever the bytes are, it answers.
std::variant<TokenClaims, TokenProblem> VerifyToken(std::string_view token, std::string_view secret, UnixSeconds now);

/// `header` and `claims` are JSON.
std::string SignToken(std::string_view header, std::string_view claims, std::string_view secret);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_TOKEN_H_

// The session's half that looks at tokens. What a client hears of one that cannot be taken:
//
//   for          | none                  | invalid, or one for | expired        | of another user
//                |                       | something else      |                | or channel
//   -------------+-----------------------+---------------------+----------------+-----------------
//   connect      | close 3501            | close 3500          | error 109, 110 |
//   subscribe    | error 103 for `$...`, | error 103           | error 109, 110 | close 3500
//                | else fine             |                     |                |
//   refresh      | close 3501            | close 3500          | close 3005     | close 3500
//   sub_refresh  | error 107             | close 3500          | close 3006     | close 3500

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <variant>

#include "gapless/error.h"
#include "hub/server/session.h"
#include "hub/server_error.h"

namespace gapless::hub {
namespace {

constexpr char kPrivatePrefix = '$';
/// Longer than any connection lives, and far from where sums of time points overflow.
constexpr std::chrono::seconds kLongestLife = std::chrono::hours{24 * 365 * 50};

[[noreturn]] void Refuse(TokenProblem problem, const std::string& channel) {
  switch (problem) {
    case TokenProblem::kExpired:
      throw ServerError(ServerCode::kTokenExpired, "the token has expired", channel);
    case TokenProblem::kOver:
      throw ServerError(ServerCode::kExpired, "what the token allowed is over", channel);
    case TokenProblem::kInvalid:
      break;
  }
  throw ServerError(ServerCode::kPermissionDenied, "the token is invalid", channel);
}

}  // namespace

std::variant<TokenClaims, TokenProblem> Session::Verify(const std::string& token, TimePoint now) const {
  const Duration unix_time = now.time_since_epoch() + unix_time_at_zero_;
  return VerifyToken(token, options_.token_hmac_secret, std::chrono::floor<std::chrono::seconds>(unix_time).count());
}

std::optional<TokenClaims> Session::ConnectionClaims(const std::string& token, TimePoint now) {
  if (token.empty()) {
    Close(Disconnect::kBadRequest);
    return std::nullopt;
  }
  auto verdict = Verify(token, now);
  const auto* const problem = std::get_if<TokenProblem>(&verdict);
  if (problem != nullptr && *problem != TokenProblem::kInvalid) Refuse(*problem, {});
  auto* const claims = std::get_if<TokenClaims>(&verdict);
  if (claims != nullptr && !claims->channel) return std::move(*claims);
  Close(Disconnect::kInvalidToken);
  return std::nullopt;
}

std::optional<TokenClaims> Session::SubscriptionClaims(const SubscribeCommand& command, TimePoint now) {
  if (command.token.empty()) {
    if (command.channel.front() == kPrivatePrefix) Refuse(TokenProblem::kInvalid, command.channel);
    return TokenClaims{};
  }
  auto verdict = Verify(command.token, now);
  if (const auto* const problem = std::get_if<TokenProblem>(&verdict)) Refuse(*problem, command.channel);
  TokenClaims& claims = std::get<TokenClaims>(verdict);
  if (!claims.channel) Refuse(TokenProblem::kInvalid, command.channel);
  if (*claims.channel == command.channel && claims.user == user_id_) return std::move(claims);
  Close(Disconnect::kInvalidToken);
  return std::nullopt;
}

std::optional<TokenClaims> Session::RefreshedClaims(const std::string& token, const std::optional<std::string>& channel,
                                                    Disconnect if_late, TimePoint now) {
  auto verdict = Verify(token, now);
  if (auto* const claims = std::get_if<TokenClaims>(&verdict)) {
    if (claims->channel == channel && claims->user == user_id_) return std::move(*claims);
    Close(Disconnect::kInvalidToken);
    return std::nullopt;
  }
  Close(std::get<TokenProblem>(verdict) == TokenProblem::kInvalid ? Disconnect::kInvalidToken : if_late);
  return std::nullopt;
}

void Session::On(std::uint32_t id, const RefreshCommand& command, TimePoint now) {
  if (command.token.empty()) return Close(Disconnect::kBadRequest);
  if (!checks_tokens()) throw ServerError(ServerCode::kNotAvailable, "the hub has no tokens", "");
  const auto claims = RefreshedClaims(command.token, std::nullopt, Disconnect::kConnectionExpired, now);
  if (!claims) return;
  SetConnectionLife(*claims, now);
  Write([&](std::string& out) { AppendRefreshReply(out, id, "refresh", TimeToLiveOf(*claims, now)); });
}

void Session::On(std::uint32_t id, const SubRefreshCommand& command, TimePoint now) {
  if (subscriptions_.find(command.channel) == subscriptions_.end()) {
    throw ServerError(ServerCode::kPermissionDenied, "not subscribed", command.channel);
  }
  if (command.token.empty()) throw ServerError(ServerCode::kBadRequest, "no token to refresh with", command.channel);
  if (!checks_tokens()) throw ServerError(ServerCode::kNotAvailable, "the hub has no tokens", command.channel);
  const auto claims = RefreshedClaims(command.token, command.channel, Disconnect::kSubscriptionExpired, now);
  if (!claims) return;
  SetSubscriptionLife(command.channel, *claims, now);
  Write([&](std::string& out) { AppendRefreshReply(out, id, "sub_refresh", TimeToLiveOf(*claims, now)); });
}

Duration Session::Left(const TokenClaims& claims, TimePoint now) const {
  const Duration unix_time = now.time_since_epoch() + unix_time_at_zero_;
  const auto whole = std::chrono::floor<std::chrono::seconds>(unix_time);
  const std::chrono::seconds left = std::min(std::chrono::seconds{*claims.expires_at} - whole, kLongestLife);
  return left - (unix_time - whole);
}

TimeToLive Session::TimeToLiveOf(const TokenClaims& claims, TimePoint now) const {
  if (!claims.expires_at) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(Left(claims, now)).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<std::uint32_t>::max()));
}

void Session::SetConnectionLife(const TokenClaims& claims, TimePoint now) {
  expiry_.reset();
  if (claims.expires_at) expiry_ = now + Left(claims, now) + options_.expired_close_delay;
}

void Session::SetSubscriptionLife(const std::string& channel, const TokenClaims& claims, TimePoint now) {
  subscription_expiries_.Erase(channel);
  if (!claims.expires_at) return;
  subscription_expiries_.Set(channel, now + Left(claims, now) + options_.expired_sub_close_delay);
}

void Session::EndWhatExpired(TimePoint now) {
  if (expiry_ && now >= *expiry_) return Close(Disconnect::kConnectionExpired);
  for (const std::string& channel : subscription_expiries_.TakeDue(now)) {
    EndSubscription(channel, kSubscriptionOver, "subscription expired");
  }
}

}  // namespace gapless::hub

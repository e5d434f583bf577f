#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_REFRESH_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_REFRESH_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gapless/runtime.h"
#include "transport/centrifuge/messages.h"
#include "transport/centrifuge/token_store.h"
#include "transport/runtime/deadlines.h"
#include "transport/runtime/split_mix.h"

namespace gapless::centrifuge {

/// How long after the server's word a token is refreshed: a tenth of its life, but at most 10 s, before it ends, so
/// that the server's grace is for failures. Never sooner than half a second, whatever the server says, so that it is
/// no hot loop; and after 24 days at most.
Duration RefreshDelay(std::uint32_t ttl_seconds);

/// When the tokens of one connection, and of the subscriptions on it, are refreshed. Pure.
///
///   any --Granted, expires--> scheduled --its time has come--> fetching --Sending--> sent --Answered--> none
///   any --Granted, does not expire; Stop--> none
///   any --RetryLater--> scheduled
class TokenRefresh {
 public:
  /// `seed` feeds the jitter.
  explicit TokenRefresh(std::uint64_t seed) : random_(seed) {}

  void Granted(const TokenOwner& owner, const TokenLife& life, TimePoint now);
  /// Those whose tokens are to be fetched now.
  std::vector<TokenOwner> TakeDue(TimePoint now);
  /// Whether a token that was fetched is to be sent.
  bool Awaits(const TokenOwner& owner) const;
  /// It goes out with the command of this id.
  void Sending(const TokenOwner& owner, std::uint32_t id);
  /// The command of this id was answered. False if that means nothing any more.
  bool Answered(const TokenOwner& owner, std::uint32_t id);
  /// After 5 to 10 s (connection) or 10 to 20 s (subscription).
  void RetryLater(const TokenOwner& owner, TimePoint now);
  void Stop(const TokenOwner& owner);

  std::optional<TimePoint> NextDeadline() const { return due_.Earliest(); }

 private:
  void Schedule(const TokenOwner& owner, TimePoint when);

  internal::SplitMix random_;
  internal::Deadlines due_;
  /// Those that are fetching (0) or sent (the command's id).
  std::map<TokenOwner, std::uint32_t> under_way_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_REFRESH_H_

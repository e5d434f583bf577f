#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_STORE_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_STORE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "gapless/error.h"

namespace gapless::centrifuge {

/// Whose token: that of the subscription to the channel of this name, or, if empty, the connection's.
using TokenOwner = std::string;
inline const TokenOwner kConnectionToken;

/// What the user's callback returned or threw.
struct FetchedToken {
  std::string token;
  std::optional<Error> failure;

  /// Whether there is no use in asking again.
  bool lasting() const { return failure && failure->errc() == Errc::kUnauthorized; }
};

/// The tokens of one transport, which outlive its connections. Pure.
///
///   a token is | until                                             | then
///   -----------+---------------------------------------------------+---------------------------------------------
///   missing    | it is fetched                                     | usable (an empty one is used once, not kept)
///   usable     | the server calls it expired or invalid            | refused
///              | the server has dropped the state that belonged to | missing
///              | it, or the channel is left                        |
///   refused    | it is fetched (an empty one is a lasting failure) | usable
///
/// Without a callback to fetch with, a token stays what it is. At most one fetch for each owner is under way.
class TokenStore {
 public:
  /// `connection_token` may be empty. `fetches_…`: whether there is such a callback.
  TokenStore(std::string connection_token, bool fetches_connection, bool fetches_subscriptions)
      : fetches_connection_(fetches_connection), fetches_subscriptions_(fetches_subscriptions) {
    if (!connection_token.empty()) tokens_[kConnectionToken].text = std::move(connection_token);
  }

  bool CanFetch(const TokenOwner& owner) const { return owner.empty() ? fetches_connection_ : fetches_subscriptions_; }
  /// Whether there is a token that can be used, or no way to get one.
  bool Ready(const TokenOwner& owner) const;
  /// The one to send; empty: none.
  std::string Token(const TokenOwner& owner) const;
  /// The same, and the owner still needs it.
  std::string Use(const TokenOwner& owner);
  /// Whether to begin a fetch now, the outcome of which goes to `Take`; else one is under way already.
  bool BeginFetch(const TokenOwner& owner);
  /// Remembers what was fetched, and returns it: an empty token in place of a refused one has become a failure.
  FetchedToken Take(const TokenOwner& owner, FetchedToken fetched);
  /// The server does not take it any more.
  void Refuse(const TokenOwner& owner);
  /// Fetch it before it is needed again.
  void Drop(const TokenOwner& owner);
  void DropAll();
  /// A connection is live. Forgets the tokens of channels that nobody has used since the one before was.
  void BeginConnection();

 private:
  struct Entry {
    /// Empty: missing.
    std::string text;
    bool refused = false;
    bool fetching = false;
    std::uint64_t used_on = 0;
  };
  Entry& At(const TokenOwner& owner);

  const bool fetches_connection_;
  const bool fetches_subscriptions_;
  std::map<TokenOwner, Entry> tokens_;
  std::uint64_t connection_ = 0;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_STORE_H_

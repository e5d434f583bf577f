#ifndef GAPLESS_TRANSPORT_PARSEC_TOKEN_KEEPER_H_
#define GAPLESS_TRANSPORT_PARSEC_TOKEN_KEEPER_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "gapless/parsec.h"
#include "transport/parsec/rpc.h"
#include "transport/parsec/token_rotation.h"

namespace gapless::parsec {

/// Performs what the rotations of all channels want: store and server, both waited for. `Access` is called by one
/// thread at a time, so that no refresh token is ever under way twice; `Rejected` by any.
class TokenKeeper {
 public:
  /// `refresh` asks the server, and waits. `now` is in Unix seconds.
  using RefreshCall = std::function<Rpc::Answer(const std::string& refresh_token)>;
  TokenKeeper(std::shared_ptr<ParsecTokenStore> store, RefreshCall refresh, std::function<std::int64_t()> now)
      : store_(std::move(store)), refresh_(std::move(refresh)), now_(std::move(now)) {}

  /// The access token to subscribe with, or none. Throws `Error(kUnauthorized)` where there is no use in trying again,
  /// other errors where there is.
  std::string Access(const std::string& channel);
  /// The server refused a subscription with what was given last.
  void Rejected(const std::string& channel);

 private:
  TokenRotation::Action Perform(const std::string& channel, TokenRotation& rotation,
                                const TokenRotation::Action& action);

  const std::shared_ptr<ParsecTokenStore> store_;
  const RefreshCall refresh_;
  const std::function<std::int64_t()> now_;
  std::map<std::string, TokenRotation> rotations_;
  std::mutex mutex_;
  std::set<std::string> rejected_;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_TOKEN_KEEPER_H_

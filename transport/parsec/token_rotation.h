#ifndef GAPLESS_TRANSPORT_PARSEC_TOKEN_ROTATION_H_
#define GAPLESS_TRANSPORT_PARSEC_TOKEN_ROTATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "gapless/parsec.h"
#include "transport/parsec/codes.h"

namespace gapless::parsec {

/// The tokens of one private channel, from the store to the subscribe command. Pure: each event brings the next action,
/// and the action's outcome is the next event.
///
///   state      | event                         | next, and what to do
///   -----------+-------------------------------+--------------------------------------------------------------
///   idle       | Wanted                        | loading: load; or what `ready` does, if there are tokens
///   loading    | loaded none                   | idle: use none
///   loading,   | access token still good       | idle: use it
///   ready      | past its time, or rejected    | refreshing: send the refresh token
///              | the same, no refresh token    | idle: fail for good
///   refreshing | new tokens                    | saving: save them
///              | refused                       | idle: fail for good; the store is looked at again next time
///              | temporary refusal, no answer  | idle: fail for now, the token is sent again next time
///   saving     | saved                         | idle: use the new access token
///   any        | the store fails               | idle: fail for now; unsaved tokens are kept and saved next time
///
/// New tokens are used only once they are saved, and a refresh token is never sent once new tokens came for it. Where
/// the answer was lost nobody knows whether it is spent; it is all there is, so it is sent again, and if the server
/// then calls it spent, somebody must bring new tokens.
class TokenRotation {
 public:
  /// Before this much of its life is left an access token is renewed: it has to arrive, and clocks differ.
  static constexpr std::int64_t kMarginSeconds = 10;

  struct Load {};
  struct Refresh {
    ParsecTokens old;
  };
  struct Save {
    ParsecTokens tokens;
  };
  /// Empty: subscribe without.
  struct Use {
    std::string access;
  };
  struct Fail {
    Error error;
    /// Whether there is no use in trying again with what is there.
    bool lasting = false;
  };
  using Action = std::variant<Load, Refresh, Save, Use, Fail>;

  /// A subscription wants to begin. `now` is in Unix seconds.
  Action Wanted(std::int64_t now);
  Action Loaded(std::optional<ParsecTokens> tokens, std::int64_t now);
  Action Refreshed(ParsecTokens tokens);
  Action RefreshFailed(const Refused& why);
  Action Saved();
  Action StoreFailed(const Error& why);

  /// The server refused a subscription with the access token that was used last.
  void Rejected() { rejected_ = true; }

 private:
  Action Judge(std::int64_t now);

  std::optional<ParsecTokens> tokens_;
  /// Came from the server and may not be in the store.
  std::optional<ParsecTokens> unsaved_;
  bool rejected_ = false;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_TOKEN_ROTATION_H_

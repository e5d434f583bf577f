#include "transport/parsec/token_rotation.h"

#include <utility>

namespace gapless::parsec {

TokenRotation::Action TokenRotation::Wanted(std::int64_t now) {
  if (unsaved_) return Save{*unsaved_};
  if (!tokens_) return Load{};
  return Judge(now);
}

TokenRotation::Action TokenRotation::Loaded(std::optional<ParsecTokens> tokens, std::int64_t now) {
  if (!tokens) return Use{};
  tokens_ = std::move(tokens);
  return Judge(now);
}

TokenRotation::Action TokenRotation::Judge(std::int64_t now) {
  // Overflow is no matter of a hostile server's numbers: they come from a store, but one that others write to.
  const bool good = !tokens_->access.empty() && tokens_->access_expires > now &&
                    tokens_->access_expires - now > kMarginSeconds && !rejected_;
  if (good) return Use{tokens_->access};
  if (!tokens_->refresh.empty()) return Refresh{*tokens_};
  tokens_.reset();
  rejected_ = false;
  return Fail{Error(Errc::kUnauthorized,
                    "the access token is past its time and there is no refresh token; put new tokens into "
                    "ParsecOptions::tokens"),
              true};
}

TokenRotation::Action TokenRotation::Refreshed(ParsecTokens tokens) {
  rejected_ = false;
  tokens_.reset();
  unsaved_ = std::move(tokens);
  return Save{*unsaved_};
}

TokenRotation::Action TokenRotation::RefreshFailed(const Refused& why) {
  if (why.refusal == Refusal::kTemporary) return Fail{why.error, false};
  // Whoever puts new ones into the store is heard.
  tokens_.reset();
  rejected_ = false;
  return Fail{
      Error(Errc::kUnauthorized,
            "the tokens cannot be renewed, so new ones must be put into ParsecOptions::tokens: " + WordsOf(why.error))
          .WithServerCode(why.error.server_code()),
      true};
}

TokenRotation::Action TokenRotation::Saved() {
  tokens_ = std::exchange(unsaved_, std::nullopt);
  return Use{tokens_->access};
}

TokenRotation::Action TokenRotation::StoreFailed(const Error& why) { return Fail{why, false}; }

}  // namespace gapless::parsec

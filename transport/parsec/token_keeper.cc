#include "transport/parsec/token_keeper.h"

#include <exception>
#include <utility>

#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

Error StoreError(const std::string& doing, const std::string& why) {
  return Error(Errc::kHandlerThrew, "the token store failed while " + doing + " tokens: " + why);
}

}  // namespace

std::string TokenKeeper::Access(const std::string& channel) {
  if (!store_) return {};
  TokenRotation& rotation = rotations_[channel];
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (rejected_.erase(channel) != 0) rotation.Rejected();
  }
  TokenRotation::Action action = rotation.Wanted(now_());
  for (;;) {
    if (auto* use = std::get_if<TokenRotation::Use>(&action)) return std::move(use->access);
    if (auto* fail = std::get_if<TokenRotation::Fail>(&action)) {
      // Only what lasts may look like it: whoever asked tries again for all else.
      if (fail->lasting || fail->error.errc() != Errc::kUnauthorized) throw fail->error.WithChannel(channel);
      throw Error(Errc::kServerRefused, WordsOf(fail->error)).WithChannel(channel);
    }
    action = Perform(channel, rotation, action);
  }
}

TokenRotation::Action TokenKeeper::Perform(const std::string& channel, TokenRotation& rotation,
                                           const TokenRotation::Action& action) {
  if (const auto* refresh = std::get_if<TokenRotation::Refresh>(&action)) {
    const Rpc::Answer answer = refresh_(refresh->old.refresh);
    if (const auto* refused = std::get_if<Refused>(&answer)) return rotation.RefreshFailed(*refused);
    try {
      return rotation.Refreshed(ReadRefreshToken(std::get<std::string>(answer), refresh->old));
    } catch (const Error& error) {
      return rotation.RefreshFailed({error, Refusal::kTemporary});
    }
  }
  const auto* save = std::get_if<TokenRotation::Save>(&action);
  const char* doing = save == nullptr ? "loading" : "saving";
  try {
    if (save == nullptr) return rotation.Loaded(store_->Load(channel), now_());
    store_->Save(channel, save->tokens);
  } catch (const Error& error) {
    return rotation.StoreFailed(error);
  } catch (const std::exception& error) {
    return rotation.StoreFailed(StoreError(doing, error.what()));
  } catch (...) {
    return rotation.StoreFailed(StoreError(doing, "it threw something that is no std::exception"));
  }
  return rotation.Saved();
}

void TokenKeeper::Rejected(const std::string& channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  rejected_.insert(channel);
}

}  // namespace gapless::parsec

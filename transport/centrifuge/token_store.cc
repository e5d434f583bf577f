#include "transport/centrifuge/token_store.h"

#include <utility>
#include <vector>

namespace gapless::centrifuge {

TokenStore::Entry& TokenStore::At(const TokenOwner& owner) {
  Entry& entry = tokens_[owner];
  entry.used_on = connection_;
  return entry;
}

bool TokenStore::Ready(const TokenOwner& owner) const {
  if (!CanFetch(owner)) return true;
  const auto found = tokens_.find(owner);
  return found != tokens_.end() && !found->second.text.empty() && !found->second.refused;
}

std::string TokenStore::Token(const TokenOwner& owner) const {
  const auto found = tokens_.find(owner);
  return found == tokens_.end() ? std::string() : found->second.text;
}

std::string TokenStore::Use(const TokenOwner& owner) {
  const auto found = tokens_.find(owner);
  if (found == tokens_.end()) return {};
  found->second.used_on = connection_;
  return found->second.text;
}

bool TokenStore::BeginFetch(const TokenOwner& owner) { return !std::exchange(At(owner).fetching, true); }

FetchedToken TokenStore::Take(const TokenOwner& owner, FetchedToken fetched) {
  Entry& entry = At(owner);
  entry.fetching = false;
  if (fetched.failure) return fetched;
  if (fetched.token.empty() && entry.refused) {
    fetched.failure =
        Error(Errc::kUnauthorized, owner.empty() ? "the server has called the connection token expired or invalid, and "
                                                   "WebSocketOptions::get_token returned no new one"
                                                 : "the server has called the subscription token expired, and "
                                                   "WebSocketOptions::get_subscription_token returned no new one");
    return fetched;
  }
  entry.text = fetched.token;
  entry.refused = false;
  return fetched;
}

void TokenStore::Refuse(const TokenOwner& owner) {
  const auto found = tokens_.find(owner);
  if (CanFetch(owner) && found != tokens_.end() && !found->second.text.empty()) found->second.refused = true;
}

void TokenStore::Drop(const TokenOwner& owner) {
  const auto found = tokens_.find(owner);
  if (!CanFetch(owner) || found == tokens_.end()) return;
  // An entry keeps a second fetch from beginning beside the one under way.
  found->second.text.clear();
  found->second.refused = false;
  if (!found->second.fetching) tokens_.erase(found);
}

void TokenStore::DropAll() {
  std::vector<TokenOwner> owners;
  owners.reserve(tokens_.size());
  for (const auto& [owner, entry] : tokens_) owners.push_back(owner);
  for (const TokenOwner& owner : owners) Drop(owner);
}

void TokenStore::BeginConnection() {
  std::erase_if(tokens_, [this](const auto& item) {
    const Entry& entry = item.second;
    return !item.first.empty() && !entry.fetching && entry.used_on < connection_;
  });
  ++connection_;
}

}  // namespace gapless::centrifuge

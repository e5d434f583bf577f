#include "transport/centrifuge/token_refresh.h"

#include <algorithm>
#include <chrono>

namespace gapless::centrifuge {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLongestMargin = seconds{10};
constexpr Duration kShortestDelay = milliseconds{500};
constexpr Duration kLongestDelay = hours{24 * 24};
// A retry comes after once to twice this.
constexpr Duration kConnectionRetry = seconds{5};
constexpr Duration kSubscriptionRetry = seconds{10};

}  // namespace

Duration RefreshDelay(std::uint32_t ttl_seconds) {
  const Duration ttl = seconds{ttl_seconds};
  return std::clamp(ttl - std::min(ttl / 10, kLongestMargin), kShortestDelay, kLongestDelay);
}

void TokenRefresh::Schedule(const TokenOwner& owner, TimePoint when) {
  Stop(owner);
  due_.Set(owner, when);
}

void TokenRefresh::Granted(const TokenOwner& owner, const TokenLife& life, TimePoint now) {
  if (life.expires) {
    Schedule(owner, now + RefreshDelay(life.ttl));
  } else {
    Stop(owner);
  }
}

std::vector<TokenOwner> TokenRefresh::TakeDue(TimePoint now) {
  std::vector<TokenOwner> due = due_.TakeDue(now);
  for (const TokenOwner& owner : due) under_way_[owner] = 0;
  return due;
}

bool TokenRefresh::Awaits(const TokenOwner& owner) const {
  const auto found = under_way_.find(owner);
  return found != under_way_.end() && found->second == 0;
}

void TokenRefresh::Sending(const TokenOwner& owner, std::uint32_t id) { under_way_[owner] = id; }

bool TokenRefresh::Answered(const TokenOwner& owner, std::uint32_t id) {
  const auto found = under_way_.find(owner);
  if (found == under_way_.end() || found->second != id) return false;
  under_way_.erase(found);
  return true;
}

void TokenRefresh::RetryLater(const TokenOwner& owner, TimePoint now) {
  const Duration least = owner.empty() ? kConnectionRetry : kSubscriptionRetry;
  Schedule(owner, now + least +
                      Duration(static_cast<std::int64_t>(random_.Next() % static_cast<std::uint64_t>(least.count()))));
}

void TokenRefresh::Stop(const TokenOwner& owner) {
  due_.Erase(owner);
  under_way_.erase(owner);
}

}  // namespace gapless::centrifuge

// What is remembered about tokens, and when they are refreshed.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "transport/centrifuge/outdated_positions.h"
#include "transport/centrifuge/token_refresh.h"
#include "transport/centrifuge/token_store.h"

namespace gapless::centrifuge {
namespace {

using namespace std::chrono_literals;
using Owners = std::vector<TokenOwner>;

constexpr TimePoint kNow{1h};

FetchedToken Token(const std::string& text) { return {text, std::nullopt}; }
FetchedToken Failure(Errc code) { return {{}, Error(code, "test")}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_tokens)

BOOST_AUTO_TEST_CASE(ATokenIsFetchedOnceAndRememberedUntilItIsRefused) {
  for (const TokenOwner owner : {"", "c"}) {
    TokenStore store("", true, true);
    BOOST_TEST(!store.Ready(owner));
    BOOST_TEST(store.BeginFetch(owner));
    BOOST_TEST(!store.BeginFetch(owner));
    BOOST_TEST(!store.Take(owner, Token("T1")).failure.has_value());
    BOOST_TEST(store.Ready(owner));
    BOOST_TEST(store.Token(owner) == "T1");
    store.Refuse(owner);
    BOOST_TEST(!store.Ready(owner));
    BOOST_TEST(store.BeginFetch(owner));
    store.Take(owner, Token("T2"));
    BOOST_TEST(store.Ready(owner));
    BOOST_TEST(store.Token(owner) == "T2");
  }
}

BOOST_AUTO_TEST_CASE(WithoutAWayToFetchATokenStaysWhatItIs) {
  TokenStore store("T", false, false);
  store.Refuse("");
  store.DropAll();
  BOOST_TEST(store.Ready(""));
  BOOST_TEST(store.Token("") == "T");
  BOOST_TEST(store.Ready("c"));
  BOOST_TEST(store.Token("c").empty());
}

BOOST_AUTO_TEST_CASE(AFailedFetchLeavesThingsAsTheyWere) {
  TokenStore store("T", true, true);
  BOOST_TEST(store.BeginFetch(""));
  BOOST_TEST(!store.Take("", Failure(Errc::kHandlerThrew)).lasting());
  BOOST_TEST(store.Token("") == "T");
  BOOST_TEST(store.Ready(""));
  store.Refuse("");
  BOOST_TEST(store.BeginFetch(""));
  BOOST_TEST(store.Take("", Failure(Errc::kUnauthorized)).lasting());
  BOOST_TEST(!store.Ready(""));
}

BOOST_AUTO_TEST_CASE(AnEmptyTokenMeansNoneNeededExceptInPlaceOfARefusedOne) {
  for (const TokenOwner owner : {"", "c"}) {
    TokenStore store("", true, true);
    store.BeginFetch(owner);
    BOOST_TEST(!store.Take(owner, Token("")).failure.has_value());
    BOOST_TEST(!store.Ready(owner));
    // It can only be a token that the server refuses.
    store.Refuse(owner);
    store.BeginFetch(owner);
    BOOST_TEST(!store.Take(owner, Token("")).failure.has_value());
    store.BeginFetch(owner);
    store.Take(owner, Token("T"));
    store.Refuse(owner);
    store.BeginFetch(owner);
    BOOST_TEST(store.Take(owner, Token("")).lasting());
    // What was dropped for other reasons may be empty now.
    store.BeginFetch(owner);
    store.Take(owner, Token("T"));
    store.Drop(owner);
    store.BeginFetch(owner);
    BOOST_TEST(!store.Take(owner, Token("")).failure.has_value());
  }
}

BOOST_AUTO_TEST_CASE(C24_InvalidatedStateDropsAllTokens) {
  TokenStore store("T", true, true);
  store.BeginFetch("c");
  store.Take("c", Token("C"));
  store.BeginFetch("d");
  store.DropAll();
  for (const TokenOwner owner : {"", "c", "d"}) BOOST_TEST(!store.Ready(owner));
  BOOST_TEST(!store.BeginFetch("d"));
  store.Take("d", Token("D"));
  BOOST_TEST(store.Token("d") == "D");
}

BOOST_AUTO_TEST_CASE(L2_TokensOfChannelsThatAreNotUsedAnyMoreAreForgotten) {
  TokenStore store("T", true, true);
  store.BeginConnection();
  for (const char* channel : {"a", "b"}) {
    store.BeginFetch(channel);
    store.Take(channel, Token("T"));
  }
  store.BeginConnection();
  BOOST_TEST(store.Ready("a"));
  store.Use("a");
  store.BeginConnection();
  BOOST_TEST(store.Ready("a"));
  BOOST_TEST(!store.Ready("b"));
  BOOST_TEST(store.Ready(""));
}

BOOST_AUTO_TEST_CASE(C22_TokensAreRefreshedATenthButAtMostTenSecondsAhead) {
  const struct {
    std::uint32_t ttl;
    Duration delay;
  } cases[] = {{0, 500ms},
               {1, 900ms},
               {10, 9s},
               {100, 90s},
               {101, 91s},
               {300, 290s},
               {86'400, 24h - 10s},
               {4'294'967'295, 24h * 24}};
  for (const auto& test : cases) {
    BOOST_TEST((RefreshDelay(test.ttl) == test.delay), test.ttl);
    TokenRefresh refresh(1);
    refresh.Granted("c", {true, test.ttl}, kNow);
    BOOST_TEST((refresh.NextDeadline() == kNow + test.delay));
    BOOST_TEST(refresh.TakeDue(kNow + test.delay - 1ns).empty());
    BOOST_TEST((refresh.TakeDue(kNow + test.delay) == Owners{"c"}));
    BOOST_TEST(!refresh.NextDeadline().has_value());
  }
}

BOOST_AUTO_TEST_CASE(C22_WhatDoesNotExpireIsNotRefreshed) {
  TokenRefresh refresh(1);
  refresh.Granted("", {false, 10}, kNow);
  BOOST_TEST(!refresh.NextDeadline().has_value());
  refresh.Granted("", {true, 10}, kNow);
  refresh.Granted("", {}, kNow);
  BOOST_TEST(!refresh.NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(OnlyTheAnswerToTheLatestRefreshCounts) {
  TokenRefresh refresh(1);
  refresh.Granted("c", {true, 10}, kNow);
  BOOST_TEST(!refresh.Awaits("c"));
  refresh.TakeDue(kNow + 9s);
  BOOST_TEST(refresh.Awaits("c"));
  BOOST_TEST(!refresh.Awaits(""));
  refresh.Sending("c", 7);
  BOOST_TEST(!refresh.Awaits("c"));
  refresh.Stop("c");
  BOOST_TEST(!refresh.Answered("c", 7));
  refresh.Granted("c", {true, 10}, kNow);
  refresh.TakeDue(kNow + 9s);
  refresh.Sending("c", 8);
  BOOST_TEST(!refresh.Answered("c", 7));
  BOOST_TEST(refresh.Answered("c", 8));
  BOOST_TEST(!refresh.Answered("c", 8));
}

BOOST_AUTO_TEST_CASE(C22_C23_RetriesAreJitteredWithinTheirBounds) {
  const struct {
    TokenOwner owner;
    Duration least, most;
  } cases[] = {{"", 5s, 10s}, {"c", 10s, 20s}};
  for (const auto& test : cases) {
    TokenRefresh refresh(1);
    std::set<TimePoint> times;
    for (int n = 0; n < 100; ++n) {
      refresh.RetryLater(test.owner, kNow);
      times.insert(*refresh.NextDeadline());
    }
    BOOST_TEST(times.size() > 90U);
    BOOST_TEST((*times.begin() >= kNow + test.least));
    BOOST_TEST((*times.rbegin() < kNow + test.most));
    BOOST_TEST((*times.rbegin() - *times.begin() > (test.most - test.least) / 2));
  }
}

BOOST_AUTO_TEST_CASE(C24_PositionsAreOutdatedUntilTheyAreRenewed) {
  OutdatedPositions outdated;
  BOOST_TEST(!outdated.Contains("a"));
  outdated.Add("a");
  outdated.Add("b");
  outdated.Renew("a");
  outdated.Renew("c");
  BOOST_TEST(!outdated.Contains("a"));
  BOOST_TEST(outdated.Contains("b"));
  BOOST_TEST(!outdated.Contains("c"));
  outdated.AddAll();
  for (const char* channel : {"a", "b", "c"}) BOOST_TEST(outdated.Contains(channel));
  outdated.Renew("a");
  outdated.Renew("b");
  outdated.Add("b");
  BOOST_TEST(!outdated.Contains("a"));
  BOOST_TEST(outdated.Contains("b"));
  BOOST_TEST(outdated.Contains("c"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

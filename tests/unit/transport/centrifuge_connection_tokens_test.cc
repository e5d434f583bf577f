// What a connection does about tokens.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "tests/unit/transport/connection_talk.h"

namespace gapless::centrifuge {
namespace {

using namespace std::chrono_literals;
using test::kNothing;
using test::Log;
using test::Talk;

constexpr const char* kExpiring = R"({"id":1,"connect":{"client":"c-1","expires":true,"ttl":100}})";

FetchedToken Token(const std::string& text) { return {text, std::nullopt}; }
FetchedToken Failure(Errc code) { return {{}, Error(code, "test")}; }

/// One whose tokens can be fetched, the first of the connection included.
struct FetchingTalk : Talk {
  explicit FetchingTalk(const std::string& token = "T") : Talk(TokenStore(token, true, true)) {}

  FetchingTalk& Connected(const std::string& welcome = kExpiring) {
    Talk::Connected(welcome);
    return *this;
  }
  /// Subscribed with a token that expires in 100 s.
  FetchingTalk& Subscribed(std::uint32_t id = 2) {
    AskOne(90, SubscribeRequest{"$c", std::nullopt});
    Fetched("$c", Token("S1"));
    Sent();
    Hear(R"({"id":)" + std::to_string(id) + R"(,"subscribe":{"expires":true,"ttl":100}})");
    return *this;
  }
  /// What the next connection opens with.
  Log NextConnect() {
    Reconnect();
    return Start();
  }
};

std::string SubscribeFrame(int id, const std::string& token, const std::string& more = "") {
  return R"(-> {"id":)" + std::to_string(id) + R"(,"subscribe":{"channel":"$c","positioned":true,"recoverable":true)" +
         (token.empty() ? "" : R"(,"token":")" + token + "\"") + R"(,"flag":1)" + more + "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_connection_tokens)

BOOST_AUTO_TEST_CASE(C22_WithoutATokenOneIsFetchedBeforeTheSocketIsOpened) {
  FetchingTalk talk("");
  BOOST_TEST(talk.Start() == Log{"fetch connection"});
  BOOST_TEST(talk.After(9s) == kNothing);
  BOOST_TEST(talk.Fetched("", Token("T1")) == Log{"open"});
  BOOST_TEST(talk.After(9s) == kNothing);
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"token":"T1","name":"test"}})"});
  talk.Sent();
  BOOST_TEST(talk.Hear(kExpiring) == Log{"connected c-1"});
  BOOST_TEST(talk.NextConnect() == Log{"open"});
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"token":"T1","name":"test"}})"});
}

BOOST_AUTO_TEST_CASE(AnEmptyTokenConnectsWithoutOne) {
  FetchingTalk talk("");
  talk.Start();
  BOOST_TEST(talk.Fetched("", Token("")) == Log{"open"});
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"name":"test"}})"});
  BOOST_TEST(talk.NextConnect() == Log{"fetch connection"});
}

BOOST_AUTO_TEST_CASE(AFetchThatFailsEndsTheAttemptOrEverything) {
  FetchingTalk talk("");
  talk.Start();
  BOOST_TEST((talk.Fetched("", Failure(Errc::kHandlerThrew)) == Log{"disconnected 65 reconnect", "hang up abruptly"}));
  BOOST_TEST(talk.NextConnect() == Log{"fetch connection"});
  BOOST_TEST((talk.Fetched("", Failure(Errc::kUnauthorized)) == Log{"disconnected 55 stop", "hang up abruptly"}));
}

BOOST_AUTO_TEST_CASE(ASlowFetchServesTheNextAttempt) {
  FetchingTalk talk("");
  talk.Start();
  BOOST_TEST((talk.After(10s) == Log{"disconnected 61 reconnect", "hang up abruptly"}));
  BOOST_TEST(talk.NextConnect() == kNothing);  // It is under way.
  BOOST_TEST(talk.Fetched("", Token("T1")) == Log{"open"});
}

BOOST_AUTO_TEST_CASE(C8_AnExpiredTokenIsFetchedAnewBeforeTheNextAttempt) {
  FetchingTalk talk;
  talk.Open();
  talk.Sent();
  BOOST_TEST((talk.Hear(R"({"id":1,"error":{"code":109,"message":"token expired"}})") ==
              Log{"disconnected 55/109 reconnect", "hang up"}));
  BOOST_TEST(talk.NextConnect() == Log{"fetch connection"});
  BOOST_TEST(talk.Fetched("", Token("T2")) == Log{"open"});
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"token":"T2","name":"test"}})"});

  Talk fixed;
  fixed.Open();
  fixed.Sent();
  BOOST_TEST((fixed.Hear(R"({"id":1,"error":{"code":109,"message":"token expired"}})") ==
              Log{"disconnected 55/109 stop", "hang up"}));
}

BOOST_AUTO_TEST_CASE(WhatTheEndOfAConnectionSaysOfItsToken) {
  const struct {
    std::uint16_t code;
    const char* told;
    const char* next;
    bool empty_is_final;
  } cases[] = {{3001, "disconnected 51/3001 reconnect", "open", false},
               {3005, "disconnected 55/3005 reconnect", "fetch connection", true},
               {3014, "disconnected 51/3014 reconnect", "fetch connection", false},
               {3500, "disconnected 55/3500 stop", "fetch connection", true}};
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.code) {
      FetchingTalk talk;
      talk.Connected();
      BOOST_TEST(talk.End({net::WebSocketEnd::Cause::kClosedByPeer, test.code, "", ""}).front() == test.told);
      BOOST_TEST(talk.NextConnect() == Log{test.next});
      if (talk.carried.tokens.Ready("")) continue;
      BOOST_TEST(talk.Fetched("", Token("")).front() == (test.empty_is_final ? "disconnected 55 stop" : "open"));
    }
  }
}

BOOST_AUTO_TEST_CASE(C22_TheConnectionIsRefreshedAheadOfTime) {
  FetchingTalk talk;
  talk.Connected();
  BOOST_TEST((talk.connection->NextDeadline() == talk.now + 90s));
  BOOST_TEST(talk.After(89s) == kNothing);
  BOOST_TEST(talk.After(1s) == Log{"fetch connection"});
  BOOST_TEST(talk.Fetched("", Token("T2")) == Log{R"(-> {"id":2,"refresh":{"token":"T2"}})"});
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":2,"refresh":{"expires":true,"ttl":50}})") == kNothing);
  BOOST_TEST(talk.After(45s) == Log{"fetch connection"});
  talk.Fetched("", Token("T3"));
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":3,"refresh":{}})") == kNothing);
  BOOST_TEST(!talk.connection->NextDeadline().has_value());
  BOOST_TEST(talk.NextConnect() == Log{"open"});
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"token":"T3","name":"test"}})"});
}

BOOST_AUTO_TEST_CASE(C22_WhatBecomesOfARefresh) {
  const struct {
    const char* name;
    FetchedToken fetched;
    std::string reply;
    Log told;
    bool again;
  } cases[] = {
      {"the function threw", Failure(Errc::kHandlerThrew), "", {"warning 65"}, true},
      {"the function knows that it is over",
       Failure(Errc::kUnauthorized),
       "",
       {"disconnected 55 stop", "hang up"},
       false},
      {"no token", Token(""), "", {"disconnected 55 stop", "hang up"}, false},
      {"refused for now",
       Token("T2"),
       R"({"code":100,"message":"internal","temporary":true})",
       {"warning 53/100"},
       true},
      {"refused", Token("T2"), R"({"code":103,"message":"no"})", {"disconnected 54/103 stop", "hang up"}, false},
      {"expired", Token("T2"), R"({"code":109,"message":"no"})", {"disconnected 55/109 stop", "hang up"}, false},
  };
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      FetchingTalk talk;
      talk.Connected().After(90s);
      Log told = talk.Fetched("", test.fetched);
      talk.Sent();
      if (!test.reply.empty()) told = talk.Hear(R"({"id":2,"error":)" + test.reply + "}");
      BOOST_TEST(told == test.told, boost::test_tools::per_element());
      BOOST_TEST(talk.connection->over() == !test.again);
      if (!test.again) continue;
      BOOST_TEST((*talk.connection->NextDeadline() >= talk.now + 5s));
      BOOST_TEST((*talk.connection->NextDeadline() < talk.now + 10s));
      BOOST_TEST(talk.After(10s) == Log{"fetch connection"});
    }
  }
}

BOOST_AUTO_TEST_CASE(AFetchOfAnEarlierConnectionIsNotARefreshOfThisOne) {
  FetchingTalk talk;
  talk.Connected().After(90s);
  talk.End({net::WebSocketEnd::Cause::kLost, 0, "", ""});
  BOOST_TEST(talk.NextConnect() == Log{"open"});
  talk.Connected();
  BOOST_TEST(talk.Fetched("", Token("T2")) == kNothing);
  // Where one is due, it serves.
  talk.After(90s);
  talk.End({net::WebSocketEnd::Cause::kLost, 0, "", ""});
  BOOST_TEST(talk.NextConnect() == Log{"open"});
  talk.Connected();
  BOOST_TEST(talk.After(90s) == kNothing);
  BOOST_TEST(talk.Fetched("", Token("T3")) == Log{R"(-> {"id":2,"refresh":{"token":"T3"}})"});
}

BOOST_AUTO_TEST_CASE(TheServerMayChangeTheConnectionsLife) {
  FetchingTalk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear(R"({"push":{"refresh":{"expires":true,"ttl":20}}})") == kNothing);
  BOOST_TEST(talk.After(18s) == Log{"fetch connection"});
}

BOOST_AUTO_TEST_CASE(WithoutAWayToFetchNothingIsRefreshed) {
  Talk talk;
  talk.Connected(kExpiring);
  talk.AskOne(90, SubscribeRequest{"c", std::nullopt});
  talk.Sent();
  talk.Hear(R"({"id":2,"subscribe":{"expires":true,"ttl":100}})");
  BOOST_TEST(!talk.connection->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(C12_ASubscribeWaitsForItsToken) {
  FetchingTalk talk;
  talk.Connected();
  BOOST_TEST(talk.AskOne(90, SubscribeRequest{"$c", std::nullopt}) == Log{"fetch $c"});
  BOOST_TEST(talk.AskOne(91, PresenceRequest{"d"}) == Log{R"(-> {"id":2,"presence":{"channel":"d"}})"});
  talk.Sent();
  BOOST_TEST(talk.Fetched("$c", Token("S1")) == Log{SubscribeFrame(3, "S1")});
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":3,"subscribe":{}})") == Log{"90 subscribed 0@"});
  // C23: the next subscribe uses the same.
  talk.NextConnect();
  talk.Connected();
  BOOST_TEST(talk.AskOne(92, SubscribeRequest{"$c", std::nullopt}) == Log{SubscribeFrame(2, "S1")});
}

BOOST_AUTO_TEST_CASE(C12_WhatBecomesOfASubscribeThatWaits) {
  FetchingTalk talk;
  talk.Connected();
  talk.AskOne(90, SubscribeRequest{"$c", std::nullopt});
  BOOST_TEST(talk.Fetched("$c", Failure(Errc::kHandlerThrew)) == Log{"90 refused 65 temporary"});
  BOOST_TEST(talk.AskOne(91, SubscribeRequest{"$c", std::nullopt}) == Log{"fetch $c"});
  BOOST_TEST(talk.Fetched("$c", Failure(Errc::kUnauthorized)) == Log{"91 refused 55"});
  BOOST_TEST(talk.AskOne(92, SubscribeRequest{"$c", std::nullopt}) == Log{"fetch $c"});
  BOOST_TEST(talk.After(3s) == Log{"92 refused 61 temporary"});
  BOOST_TEST(talk.AskOne(93, SubscribeRequest{"$c", std::nullopt}) == kNothing);  // It is under way.
  BOOST_TEST((talk.AskOne(94, UnsubscribeRequest{"$c"}) ==
              Log{"93 refused 67 temporary", R"(-> {"id":2,"unsubscribe":{"channel":"$c"}})"}));
  BOOST_TEST(talk.AskOne(95, SubscribeRequest{"$c", std::nullopt}) == kNothing);
  BOOST_TEST(talk.Fetched("$c", Token("")) == kNothing);
  // An empty token: the channel needs none.
  BOOST_TEST(talk.Sent() == Log{SubscribeFrame(3, "")});
}

BOOST_AUTO_TEST_CASE(C12_AnExpiredSubscriptionTokenIsFetchedAnew) {
  FetchingTalk talk;
  talk.Connected();
  talk.AskOne(90, SubscribeRequest{"$c", std::nullopt});
  talk.Fetched("$c", Token("S1"));
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":2,"error":{"code":109,"message":"token expired"}})") ==
             Log{"90 refused 55/109 temporary"});
  BOOST_TEST(talk.AskOne(91, SubscribeRequest{"$c", std::nullopt}) == Log{"fetch $c"});
  BOOST_TEST(talk.Fetched("$c", Token("")) == Log{"91 refused 55"});
  talk.AskOne(92, SubscribeRequest{"$c", std::nullopt});
  BOOST_TEST(talk.Fetched("$c", Token("S2")) == Log{SubscribeFrame(3, "S2")});
  talk.Sent();
  // A token that is refused otherwise is not tried again, and not kept.
  BOOST_TEST(talk.Hear(R"({"id":3,"error":{"code":103,"message":"permission denied"}})") == Log{"92 refused 54/103"});
  BOOST_TEST(talk.AskOne(93, SubscribeRequest{"$c", std::nullopt}) == Log{"fetch $c"});
}

BOOST_AUTO_TEST_CASE(C23_ASubscriptionIsRefreshedAheadOfTime) {
  FetchingTalk talk;
  talk.Connected("{\"id\":1,\"connect\":{}}").Subscribed();
  BOOST_TEST(talk.After(90s) == Log{"fetch $c"});
  BOOST_TEST(talk.Fetched("$c", Token("S2")) == Log{R"(-> {"id":3,"sub_refresh":{"channel":"$c","token":"S2"}})"});
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":3,"sub_refresh":{"expires":true,"ttl":10}})") == kNothing);
  BOOST_TEST((talk.connection->NextDeadline() == talk.now + 9s));
  talk.NextConnect();
  talk.Connected();
  BOOST_TEST(talk.AskOne(92, SubscribeRequest{"$c", std::nullopt}) == Log{SubscribeFrame(2, "S2")});
}

BOOST_AUTO_TEST_CASE(C23_WhatBecomesOfASubscriptionsRefresh) {
  const std::string unsubscribe = R"(,"unsubscribe":{"channel":"$c"}})";
  const struct {
    const char* name;
    FetchedToken fetched;
    std::string reply;
    Log told;
    bool again;
  } cases[] = {
      {"the function threw", Failure(Errc::kHandlerThrew), "", {"warning 65"}, true},
      {"it is over", Failure(Errc::kUnauthorized), "", {"ended $c 55", "-> {\"id\":3" + unsubscribe}, false},
      {"no token", Token(""), "", {"ended $c 55", "-> {\"id\":3" + unsubscribe}, false},
      {"refused for now",
       Token("S2"),
       R"({"code":100,"message":"internal","temporary":true})",
       {"warning 53/100"},
       true},
      {"refused",
       Token("S2"),
       R"({"code":103,"message":"no"})",
       {"ended $c 54/103", "-> {\"id\":4" + unsubscribe},
       false},
      {"expired",
       Token("S2"),
       R"({"code":109,"message":"no"})",
       {"ended $c 55/109", "-> {\"id\":4" + unsubscribe},
       false},
  };
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      FetchingTalk talk;
      talk.Connected("{\"id\":1,\"connect\":{}}").Subscribed().After(90s);
      Log told = talk.Fetched("$c", test.fetched);
      if (!test.reply.empty()) {
        talk.Sent();
        told = talk.Hear(R"({"id":3,"error":)" + test.reply + "}");
      }
      BOOST_TEST(told == test.told, boost::test_tools::per_element());
      BOOST_TEST(talk.connection->NextDeadline().has_value() == test.again);
      if (!test.again) continue;
      BOOST_TEST((*talk.connection->NextDeadline() >= talk.now + 10s));
      BOOST_TEST(talk.After(20s) == Log{"fetch $c"});
    }
  }
}

BOOST_AUTO_TEST_CASE(ARefreshOfASubscriptionThatEndedMeanwhileMeansNothing) {
  FetchingTalk talk;
  talk.Connected("{\"id\":1,\"connect\":{}}").Subscribed().After(90s);
  talk.Fetched("$c", Token("S2"));
  talk.Sent();
  talk.AskOne(91, UnsubscribeRequest{"$c"});
  BOOST_TEST(talk.Hear(R"({"id":3,"error":{"code":103,"message":"not subscribed"}})") == kNothing);
  BOOST_TEST(!talk.connection->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(C24_WhatTheEndOfASubscriptionSaysOfTokenAndPosition) {
  const struct {
    int code;
    bool fetches;
    std::string recover;
  } cases[] = {{2500, false, R"(,"recover":true,"offset":5,"epoch":"e")"},
               {2501, true, R"(,"recover":true,"offset":5,"epoch":"e")"},
               {2502, true, R"(,"recover":true,"epoch":"_")"}};
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.code) {
      FetchingTalk talk;
      talk.Connected("{\"id\":1,\"connect\":{}}").Subscribed();
      talk.Hear(R"({"push":{"channel":"$c","unsubscribe":{"code":)" + std::to_string(test.code) + "}}}");
      Log log = talk.AskOne(91, SubscribeRequest{"$c", Position{5, "e"}});
      if (test.fetches) {
        BOOST_TEST(log == Log{"fetch $c"});
        log = talk.Fetched("$c", Token("S1"));
      }
      BOOST_TEST(log == Log{SubscribeFrame(3, "S1", test.recover)});
    }
  }
}

BOOST_AUTO_TEST_CASE(C24_AfterStateInvalidatedNoPositionFromBeforeIsRecovered) {
  Talk talk;
  talk.Connected();
  BOOST_TEST((talk.Hear(R"({"push":{"disconnect":{"code":3014,"reason":"state invalidated"}}})") ==
              Log{"disconnected 51/3014 reconnect", "hang up"}));
  talk.Reconnect();
  talk.Connected();
  BOOST_TEST(talk.AskOne(90, SubscribeRequest{"$c", Position{5, "e"}}) ==
             Log{SubscribeFrame(2, "", R"(,"recover":true,"epoch":"_")")});
  talk.Sent();
  // Even if the server claims to have found it.
  BOOST_TEST(talk.Hear(R"({"id":2,"subscribe":{"recoverable":true,"recovered":true,"epoch":"f","offset":9}})") ==
             Log{"90 subscribed 9@f recoverable not-recovered"});
  talk.AskOne(91, UnsubscribeRequest{"$c"});
  talk.Sent();
  BOOST_TEST(talk.AskOne(92, SubscribeRequest{"$c", Position{9, "f"}}) ==
             Log{SubscribeFrame(4, "", R"(,"recover":true,"offset":9,"epoch":"f")")});
}

BOOST_AUTO_TEST_CASE(ATokenThatFitsNoFrameIsNamed) {
  FetchingTalk talk;
  talk.options.max_frame_bytes = 200;
  const std::string giant(300, 'x');
  talk.Connected("{\"id\":1,\"connect\":{}}").Subscribed().After(90s);
  BOOST_TEST((talk.Fetched("$c", Token(giant)) == Log{"ended $c 9", R"(-> {"id":3,"unsubscribe":{"channel":"$c"}})"}));
  talk.carried.tokens.Drop("");
  talk.NextConnect();
  talk.Fetched("", Token(giant));
  BOOST_TEST((talk.Open() == Log{"disconnected 9 stop", "hang up"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

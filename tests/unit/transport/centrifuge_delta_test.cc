// Publications as deltas, from a scripted server and from the hub.

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gapless/hub.h"
#include "gapless/websocket.h"
#include "tests/unit/transport/connection_talk.h"
#include "tests/unit/transport/transport_driver.h"

namespace gapless {
namespace {

using test::kNothing;
using test::Log;
using test::Talk;

const std::string kFull = R"({"push":{"channel":"c","pub":{"data":"{\"n\":10}","offset":6}}})";
// Makes {"n":11} of {"n":10}.
const std::string kDelta = R"({"push":{"channel":"c","pub":{"data":"8\n6@0,1:11@7,2qKuzV;","offset":7,"delta":true}}})";
const std::string kSubscribe = R"("subscribe":{"channel":"c","positioned":true,"recoverable":true)";

struct DeltaTalk : Talk {
  DeltaTalk() { options.delta = true; }

  /// Subscribed with deltas, as request 9 and command 2.
  DeltaTalk& Subscribed(const std::string& result = R"("recoverable":true,"epoch":"e","offset":5,"delta":true)") {
    Connected();
    BOOST_TEST(AskOne(9, SubscribeRequest{"c", std::nullopt}) ==
               Log{"-> {\"id\":2," + kSubscribe + R"(,"delta":"fossil","flag":1}})"});
    Sent();
    BOOST_TEST(Hear("{\"id\":2,\"subscribe\":{" + result + "}}").size() == 1U);
    return *this;
  }
};

/// The rules of a hub with deltas, over loopback.
struct Loop : test::TransportDriver {
  explicit Loop(bool client_wants, bool hub_has)
      : hub(std::make_shared<Hub>()), server(std::in_place, hub, HubServerOptions{.delta = hub_has}) {
    transport = WebSocket({.url = server->url(), .delta = client_wants});
    transport->Start(recorder);
    transport->Connect(1);
    BOOST_TEST_REQUIRE(Next().starts_with("1: connected "));
  }

  std::shared_ptr<Hub> hub;
  std::optional<HubServer> server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_delta, test::NothingLeft)

BOOST_AUTO_TEST_CASE(C25_APayloadAndItsDeltasAreDeliveredAsPayloads) {
  DeltaTalk talk;
  talk.Subscribed();
  BOOST_TEST((talk.Hear(kFull + "\n" + kDelta) == Log{R"(pub c 6:{"n":10})", R"(pub c 7:{"n":11})"}));
}

BOOST_AUTO_TEST_CASE(C32_DeltasAreNotAskedForWithAFilter) {
  DeltaTalk talk;
  talk.Connected();
  BOOST_TEST(talk.AskOne(9, SubscribeRequest{"c", std::nullopt, false, TagFilter::Exists("k")}) ==
             Log{"-> {\"id\":2," + kSubscribe + R"(,"tf":{"key":"k","cmp":"ex"},"flag":1}})"});
}

BOOST_AUTO_TEST_CASE(C25_RecoveredPublicationsAreAChainThatLiveOnesContinue) {
  DeltaTalk talk;
  talk.Connected();
  talk.AskOne(9, SubscribeRequest{"c", Position{5, "e"}});
  talk.Sent();
  BOOST_TEST(
      talk.Hear(
          R"({"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":5,"recovered":true,"delta":true,"publications":[)"
          R"({"data":"{\"n\":10}","offset":6},{"data":"8\n6@0,1:11@7,2qKuzV;","offset":7,"delta":true}]}})") ==
      Log{R"(9 subscribed 5@e recoverable recovered 6:{"n":10} 7:{"n":11})"});
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","pub":{"data":"8\n6@0,1:01@7,2qKuvV;","offset":8,"delta":true}}})") ==
             Log{R"(pub c 8:{"n":10})"});
}

BOOST_AUTO_TEST_CASE(C25_WithoutDeltasAPayloadThatIsAStringIsLeftAlone) {
  for (const bool asked : {true, false}) {
    DeltaTalk talk;
    talk.options.delta = asked;
    talk.Connected();
    talk.AskOne(9, SubscribeRequest{"c", std::nullopt});
    talk.Sent();
    // A server that did not agree, and one that says it does what it was not asked for.
    talk.Hear(asked ? R"({"id":2,"subscribe":{}})" : R"({"id":2,"subscribe":{"delta":true}})");
    BOOST_TEST(talk.Hear(kFull) == Log{R"(pub c 6:"{\"n\":10}")"});
  }
}

BOOST_AUTO_TEST_CASE(C25_WhatCannotBeDecodedTakesASubscriptionWithoutDeltas) {
  const std::string kUndecodable[] = {
      kDelta,  // Nothing came before it.
      kFull + "\n" + R"({"push":{"channel":"c","pub":{"data":"8\n6@0,1:21@7,2qKuzV;","offset":7,"delta":true}}})",
      R"({"push":{"channel":"c","pub":{"data":"no delta","offset":6,"delta":true}}})",
      R"({"push":{"channel":"c","pub":{"data":{"n":10},"offset":6}}})",
      R"({"push":{"channel":"c","pub":{"offset":6}}})",
  };
  for (const std::string& pushes : kUndecodable) {
    DeltaTalk talk;
    talk.Subscribed();
    Log log = talk.Hear(pushes + "\n" + kFull + "\n" + kDelta);
    if (pushes.starts_with(kFull)) log.erase(log.begin());
    // What follows is of no use either: the position has not passed what was lost, so it comes again.
    BOOST_TEST((log == Log{"ended c 52 again", R"(-> {"id":3,"unsubscribe":{"channel":"c"}})"}));
    BOOST_TEST(talk.AskOne(10, SubscribeRequest{"c", Position{5, "e"}}) == kNothing);
    BOOST_TEST(talk.Sent() ==
               Log{"-> {\"id\":4," + kSubscribe + R"(,"flag":1,"recover":true,"offset":5,"epoch":"e"}})"});
    // The answer to what the client did not ask is not its business.
    BOOST_TEST(talk.Hear(kDelta + "\n" + R"({"id":3,"unsubscribe":{}})") == kNothing);
    BOOST_TEST((talk.Hear(R"({"id":4,"subscribe":{"recoverable":true,"epoch":"e","offset":5,"recovered":true,)"
                          R"("publications":[{"data":{"n":10},"offset":6}]}})"
                          "\n"
                          R"({"push":{"channel":"c","pub":{"data":{"n":11},"offset":7}}})") ==
                Log{R"(10 subscribed 5@e recoverable recovered 6:{"n":10})", R"(pub c 7:{"n":11})"}));
  }
}

BOOST_AUTO_TEST_CASE(C25_ARecoveryThatCannotBeDecodedIsRefusedForNow) {
  DeltaTalk talk;
  talk.Connected();
  talk.AskOne(9, SubscribeRequest{"c", Position{5, "e"}});
  talk.Sent();
  BOOST_TEST((talk.Hear(R"({"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":5,"recovered":true,)"
                        R"("delta":true,"publications":[{"data":"x","offset":6,"delta":true}]}})") ==
              Log{"9 refused 52 temporary", R"(-> {"id":3,"unsubscribe":{"channel":"c"}})"}));
}

BOOST_AUTO_TEST_CASE(C25_AnUnsubscribeOnItsWayIsNotFollowedByOneThatWouldEndTheNextSubscription) {
  DeltaTalk talk;
  talk.Subscribed();
  std::vector<TransportRequest> requests;
  requests.push_back({10, UnsubscribeRequest{"c"}});
  requests.push_back({11, SubscribeRequest{"c", std::nullopt}});
  BOOST_TEST(talk.Ask(std::move(requests)).size() == 1U);
  BOOST_TEST(talk.Sent() == kNothing);
  // Of the subscription that is being left, so of nobody, whether it can be decoded or not.
  BOOST_TEST(talk.Hear(kDelta) == kNothing);
  BOOST_TEST(talk.Hear(kFull) == kNothing);
  BOOST_TEST(talk.Hear(R"({"id":3,"unsubscribe":{}})") == Log{"10 unsubscribed"});
  BOOST_TEST(talk.Hear(R"({"id":4,"subscribe":{"delta":true}})") == Log{"11 subscribed 0@"});
  BOOST_TEST(talk.Hear(kFull) == Log{R"(pub c 6:{"n":10})"});
}

BOOST_AUTO_TEST_CASE(C15_ARefusalToEndWhatCannotBeDecodedTakesANewConnection) {
  DeltaTalk talk;
  talk.Subscribed();
  talk.Hear(kDelta);
  talk.Sent();
  BOOST_TEST((talk.Hear(R"({"id":3,"error":{"code":100}})") == Log{"disconnected 53/100 reconnect", "hang up"}));
}

BOOST_AUTO_TEST_CASE(C32_PushesByNumberGoToTheChannelOfThatNumber) {
  Talk talk;
  talk.Connected();
  talk.AskOne(9, SubscribeRequest{"c", std::nullopt});
  talk.Sent();
  talk.Hear(R"({"id":2,"subscribe":{"id":7}})");
  BOOST_TEST(talk.Hear(R"({"push":{"id":7,"pub":{"data":1}}})") == Log{"pub c 0:1"});
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"d","pub":{"data":1}}})") == Log{"pub d 0:1"});
  BOOST_TEST(talk.Hear(R"({"push":{"id":8,"pub":{"data":1}}})") == Log{"warning 56"});
  BOOST_TEST(talk.Hear(R"({"push":{"id":9,"pub":{"data":1}}})") == kNothing);
  BOOST_TEST(talk.Hear(R"({"push":{"id":7,"unsubscribe":{"code":2500}}})") == Log{"ended c 57/2500 again"});
  // A number ends with its subscription, and may be given to another channel.
  BOOST_TEST(talk.Hear(R"({"push":{"id":7,"pub":{"data":1}}})") == kNothing);
  talk.AskOne(10, SubscribeRequest{"d", std::nullopt});
  talk.Sent();
  talk.Hear(R"({"id":3,"subscribe":{"id":7}})");
  BOOST_TEST(talk.Hear(R"({"push":{"id":7,"pub":{"data":2}}})") == Log{"pub d 0:2"});
  talk.AskOne(11, UnsubscribeRequest{"d"});
  talk.Hear(R"({"id":4,"unsubscribe":{}})");
  BOOST_TEST(talk.Hear(R"({"push":{"id":7,"pub":{"data":2}}})") == kNothing);
}

BOOST_AUTO_TEST_CASE(C25_PayloadsCrossTheHubWholeWhetherDeltasAreAgreedOnOrNot) {
  for (const bool client_wants : {true, false}) {
    for (const bool hub_has : {true, false}) {
      Loop loop(client_wants, hub_has);
      const std::string payloads[] = {
          R"({"text":"жук","n":1})", R"({"text":"жяк","n":1})", R"("a string")", R"("a strong")", "1",
          R"({"spaced" : [ 1 ] })"};
      loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
      loop.Next();
      std::string expected;
      std::uint64_t offset = 0;
      for (const std::string& payload : payloads) {
        loop.hub->Publish("c", payload);
        BOOST_TEST(loop.Next() == "1: pub c " + std::to_string(++offset) + ":" + payload);
        expected += " " + std::to_string(offset) + ":" + payload;
      }
      loop.Ask(1, 2, UnsubscribeRequest{"c"});
      BOOST_TEST(loop.Next() == "1: 2 unsubscribed");
      loop.Ask(1, 3, SubscribeRequest{"c", Position{0, loop.hub->Top("c").epoch}});
      BOOST_TEST(loop.Next() == "1: 3 subscribed 0@" + loop.hub->Top("c").epoch + " recoverable recovered" + expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// Channels that the server subscribes the client to by itself.

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/transport/connection_talk.h"

namespace gapless {
namespace {

using test::kNothing;
using test::Log;
using test::Talk;

std::string Welcome(const std::string& subs) { return R"({"id":1,"connect":{"client":"c-1","subs":{)" + subs + "}}}"; }
const std::string kAt9 = R"("#42":{"recoverable":true,"positioned":true,"epoch":"e","offset":9})";

std::string Pub(const std::string& offset, const std::string& channel = "#42") {
  return R"({"push":{"channel":")" + channel + R"(","pub":{"data":)" + offset + R"(,"offset":)" + offset + "}}}";
}

SubscribeRequest Subscribe(std::optional<Position> recover = std::nullopt) { return {"#42", std::move(recover)}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_server_side)

BOOST_AUTO_TEST_CASE(C21_ASubscriptionOfTheServersIsTakenWithoutACommand) {
  Talk talk;
  talk.Open();
  talk.Sent();
  BOOST_TEST(talk.Hear(Welcome(kAt9)) == Log{"connected c-1"});
  BOOST_TEST(talk.AskOne(5, Subscribe()) == Log{"5 subscribed 9@e recoverable"});
  BOOST_TEST(talk.Hear(Pub("10")) == Log{"pub #42 10:10"});
  // To leave it at the server would be for good.
  BOOST_TEST(talk.AskOne(6, UnsubscribeRequest{"#42"}) == Log{"6 unsubscribed"});
  BOOST_TEST(talk.Hear(Pub("11")) == kNothing);
  BOOST_TEST(talk.AskOne(7, Subscribe(Position{10, "e"})) == Log{"7 subscribed 10@e recoverable recovered 11:11"});
  BOOST_TEST(talk.Hear(Pub("12")) == Log{"pub #42 12:12"});
  // Everything else about the channel is asked of the server.
  BOOST_TEST(talk.AskOne(8, PresenceRequest{"#42"}) == Log{R"(-> {"id":2,"presence":{"channel":"#42"}})"});
}

BOOST_AUTO_TEST_CASE(C21_WhatComesBeforeTheClientSubscribesIsKeptForWhoWasThereBefore) {
  Talk talk;
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(kAt9) + "\n" + Pub("10") + "\n" + Pub("11"));
  BOOST_TEST(talk.AskOne(5, Subscribe(Position{9, "e"})) == Log{"5 subscribed 9@e recoverable recovered 10:10 11:11"});
}

BOOST_AUTO_TEST_CASE(C21_WhoWasNotThereBeforeBeginsWithWhatComesNext) {
  Talk talk;
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(kAt9) + "\n" + Pub("10"));
  BOOST_TEST(talk.AskOne(5, Subscribe()) == Log{"5 subscribed 10@e recoverable"});
  BOOST_TEST(talk.Hear(Pub("11")) == Log{"pub #42 11:11"});
}

BOOST_AUTO_TEST_CASE(C21_AWishThatTheServerDidNotCoverIsNotRecovered) {
  for (const Position& wanted : {Position{8, "e"}, Position{9, "other"}, Position{11, "e"}}) {
    Talk talk;
    talk.Open();
    talk.Sent();
    talk.Hear(Welcome(kAt9) + "\n" + Pub("10"));
    BOOST_TEST(
        (talk.AskOne(5, Subscribe(wanted)) == Log{"5 subscribed 9@e recoverable not-recovered", "pub #42 10:10"}));
  }
}

BOOST_AUTO_TEST_CASE(C21_TheNextConnectionAsksToGoOnFromWhereTheLastOneEnded) {
  Talk talk;
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(kAt9 + R"(,"plain":{})"));
  talk.AskOne(5, Subscribe());
  talk.Hear(Pub("10"));
  talk.Reconnect();
  BOOST_TEST(talk.Open() == Log{R"(-> {"id":1,"connect":{"token":"T","name":"test",)"
                                R"("subs":{"#42":{"recover":true,"offset":10,"epoch":"e"}}}})"});
  talk.Sent();
  talk.Hear(Welcome(R"("#42":{"recoverable":true,"epoch":"e","offset":10,"was_recovering":true,"recovered":true,)"
                    R"("publications":[{"data":11,"offset":11}]})"));
  BOOST_TEST(talk.Hear(Pub("12")) == kNothing);
  BOOST_TEST(talk.AskOne(6, Subscribe(Position{10, "e"})) ==
             Log{"6 subscribed 10@e recoverable recovered 11:11 12:12"});
  // And if the server could not: the client looks in the history.
  talk.Reconnect();
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(R"("#42":{"recoverable":true,"epoch":"f","offset":2,"was_recovering":true})"));
  BOOST_TEST(talk.AskOne(7, Subscribe(Position{12, "e"})) == Log{"7 subscribed 2@f recoverable not-recovered"});
}

BOOST_AUTO_TEST_CASE(C21_AChannelThatVanishedIsToldAndAskedForLikeAnyOther) {
  Talk talk;
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(kAt9 + R"(,"unused":{})"));
  talk.AskOne(5, Subscribe());
  talk.Reconnect();
  talk.Open();
  talk.Sent();
  BOOST_TEST((talk.Hear(R"({"id":1,"connect":{"client":"c-2"}})") == Log{"connected c-2", "warning 53"}));
  BOOST_TEST(talk.LastError().channel() == "#42");
  BOOST_TEST(talk.AskOne(6, Subscribe()) ==
             Log{R"(-> {"id":2,"subscribe":{"channel":"#42","positioned":true,"recoverable":true,"flag":1}})"});
  talk.Reconnect();
  BOOST_TEST(talk.Open() == Log{test::kConnectFrame});
}

BOOST_AUTO_TEST_CASE(C21_SubscriptionsCanBeginAndEndAtRunTime) {
  const std::string subscribe = R"({"push":{"channel":"#42","subscribe":{"recoverable":true,"epoch":"e","offset":3}}})";
  const std::string unsubscribe = R"({"push":{"channel":"#42","unsubscribe":{"code":2000}}})";
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear(subscribe) == Log{"offered #42"});
  BOOST_TEST(talk.AskOne(5, Subscribe()) == Log{"5 subscribed 3@e recoverable"});
  BOOST_TEST(talk.Hear(Pub("4")) == Log{"pub #42 4:4"});
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"#42","join":{"info":{"client":"x","user":"u"}}}})") ==
             Log{"join #42 x/u"});
  BOOST_TEST(talk.Hear(unsubscribe) == Log{"ended #42 53/2000"});
  // Nobody had taken it, so nobody lost it.
  talk.Hear(subscribe);
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"#42","join":{"info":{}}}})") == kNothing);
  BOOST_TEST(talk.Hear(unsubscribe) == kNothing);
  // A subscription of the client's own is not given away.
  talk.AskOne(6, Subscribe());
  talk.Sent();
  talk.Hear(R"({"id":2,"subscribe":{}})");
  BOOST_TEST(talk.Hear(subscribe) == Log{"warning 52"});
  BOOST_TEST(talk.Hear(Pub("5")) == Log{"pub #42 5:5"});
}

BOOST_AUTO_TEST_CASE(C21_ACommandThatCrossedTheServersSubscriptionIsGranted) {
  Talk talk;
  talk.Connected();
  talk.AskOne(5, Subscribe());
  talk.Sent();
  talk.Hear(R"({"push":{"channel":"#42","subscribe":{"epoch":"e","offset":3}}})");
  BOOST_TEST(talk.Hear(R"({"id":2,"error":{"code":105,"message":"already subscribed"}})") == Log{"5 subscribed 3@e"});
  talk.AskOne(6, SubscribeRequest{"d", std::nullopt});
  BOOST_TEST(talk.Hear(R"({"id":3,"error":{"code":105}})") == Log{"6 refused 53/105"});
}

BOOST_AUTO_TEST_CASE(L2_WhatNobodySubscribesToIsKeptUpToABoundAndToldOnceWhenItIsDropped) {
  Talk talk;
  talk.Open();
  talk.Sent();
  talk.Hear(Welcome(kAt9));
  Log log;
  for (int offset = 10; offset < 10'010; ++offset) {
    for (std::string& line : talk.Hear(Pub(std::to_string(offset)))) log.push_back(std::move(line));
  }
  BOOST_TEST(log == Log{"warning 56"});
  // The oldest are gone, so a place among them is not covered any more.
  BOOST_TEST(talk.AskOne(5, Subscribe(Position{9, "e"})).front() == "5 subscribed 9881@e recoverable not-recovered");
}

BOOST_AUTO_TEST_CASE(MessagesAndCallsCarryTheirBytes) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear(R"({"push":{"message":{"data":{"a": 1}}}})") == Log{R"(message {"a": 1})"});
  BOOST_TEST(talk.AskOne(5, RpcRequest{"sum", "[1,\n2]"}) == Log{R"(-> {"id":2,"rpc":{"method":"sum","data":[1,2]}})"});
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":2,"rpc":{"data":3}})") == Log{"5 answer 3"});
  BOOST_TEST(talk.AskOne(6, RpcRequest{"", ""}) == Log{R"(-> {"id":3,"rpc":{}})"});
  talk.Sent();
  BOOST_TEST(talk.Hear(R"({"id":3,"error":{"code":108,"message":"not available"}})") == Log{"6 refused 56/108"});
  BOOST_TEST(talk.AskOne(7, SendRequest{R"({"typing":true})"}) == Log{R"(-> {"send":{"data":{"typing":true}}})"});
  talk.Sent();
  // A message has no id and no answer; the next command has the next number.
  BOOST_TEST(talk.AskOne(8, PresenceStatsRequest{"c"}) == Log{R"(-> {"id":4,"presence_stats":{"channel":"c"}})"});
  BOOST_TEST(talk.Hear(R"({"id":4,"presence_stats":{"num_clients":3,"num_users":2}})") == Log{"8 stats 3/2"});
}

BOOST_AUTO_TEST_CASE(WhoComesAndGoesIsToldWhereItWasAskedFor) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(
      talk.AskOne(5, SubscribeRequest{"c", std::nullopt, true}) ==
      Log{R"(-> {"id":2,"subscribe":{"channel":"c","positioned":true,"recoverable":true,"join_leave":true,"flag":1}})"});
  talk.Sent();
  talk.Hear(R"({"id":2,"subscribe":{}})");
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","join":{"info":{"user":"7","client":"x","conn_info":{"n":1}}}}})") ==
             Log{R"(join c x/7/{"n":1})"});
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","leave":{"info":{"user":"7","client":"x"}}}})") == Log{"leave c x/7"});
  BOOST_TEST(talk.Hear(R"({"push":{"join":{"info":{}}}})") == Log{"warning 52"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/hub/session_talk.h"

namespace gapless::hub {
namespace {

using gapless::test::Lines;
using gapless::test::Talk;

const HubServerOptions kWithDeltas{.delta = true};
const std::string kSubscribe = R"({"id":2,"subscribe":{"channel":"c","delta":"fossil"}})";
const std::string kFirst = R"({"count":10,"name":"alpha-centauri"})";
const std::string kSecond = R"({"count":11,"name":"alpha-centauri"})";
const std::string kFull = R"({"data":"{\"count\":10,\"name\":\"alpha-centauri\"}","offset":1})";
const std::string kDelta = R"({"data":"_\nA@0,1:1P@B,1LnVlB;","offset":2,"delta":true})";

std::string PushOf(const std::string& publication) { return R"({"push":{"channel":"c","pub":)" + publication + "}}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_session)

BOOST_AUTO_TEST_CASE(S13_AFullPayloadComesFirstThenDeltas) {
  Talk talk(kWithDeltas);
  talk.Connect();
  BOOST_TEST((talk.Say(kSubscribe) ==
              Lines{R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH","delta":true}})"}));
  talk.hub->Publish("c", kFirst);
  talk.hub->Publish("c", kSecond);
  BOOST_TEST((talk.Hear() == Lines{PushOf(kFull), PushOf(kDelta)}));
}

BOOST_AUTO_TEST_CASE(S13_DeltasAreForThoseWhoAskAndForHubsThatHaveThem) {
  for (const bool has : {true, false}) {
    Talk talk(HubServerOptions{.delta = has});
    talk.Connect();
    talk.Say(has ? R"({"id":2,"subscribe":{"channel":"c"}})" : kSubscribe);
    talk.hub->Publish("c", "\"text\"");
    talk.hub->Publish("c", "\"text\"");
    BOOST_TEST(
        (talk.Hear() == Lines{PushOf(R"({"data":"text","offset":1})"), PushOf(R"({"data":"text","offset":2})")}));
  }
}

BOOST_AUTO_TEST_CASE(S13_RecoveredPublicationsAreAChainAndAfterAnEmptyRecoveryAFullOneComes) {
  Talk talk(kWithDeltas);
  talk.Connect();
  talk.hub->Publish("c", kFirst);
  talk.hub->Publish("c", kSecond);
  const std::string subscribe = R"({"id":2,"subscribe":{"channel":"c","delta":"fossil","recover":true)";
  const std::string result = R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH",)";
  BOOST_TEST((talk.Say(subscribe + "}}") == Lines{result + R"("was_recovering":true,"recovered":true,"delta":true,)" +
                                                  R"("publications":[)" + kFull + "," + kDelta + "]}}"}));
  talk.hub->Publish("c", kSecond);
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":"_\n_@0,1LnVlB;","offset":3,"delta":true})")}));
  talk.Say(R"({"id":3,"unsubscribe":{"channel":"c"}})");
  BOOST_TEST((talk.Say(subscribe + R"(,"offset":3}})") ==
              Lines{result + R"("offset":3,"was_recovering":true,"recovered":true,"delta":true}})"}));
  talk.hub->Publish("c", kFirst);
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":"{\"count\":10,\"name\":\"alpha-centauri\"}","offset":4})")}));
}

BOOST_AUTO_TEST_CASE(S13_ADeltaThatIsNotShorterIsNotSent) {
  Talk talk(kWithDeltas);
  talk.Connect().Say(kSubscribe);
  talk.hub->Publish("c", "1");
  talk.hub->Publish("c", "1");
  talk.hub->Publish("c", kFirst);
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":"1","offset":1})"), PushOf(R"({"data":"1","offset":2})"),
                                   PushOf(R"({"data":"{\"count\":10,\"name\":\"alpha-centauri\"}","offset":3})")}));
}

BOOST_AUTO_TEST_CASE(S13_HistoryIsNeverDeltas) {
  Talk talk(kWithDeltas);
  talk.Connect().Say(kSubscribe);
  talk.hub->Publish("c", kFirst);
  talk.hub->Publish("c", kSecond);
  talk.Hear();
  BOOST_TEST((talk.Say(R"({"id":3,"history":{"channel":"c","limit":-1}})") ==
              Lines{R"({"id":3,"history":{"publications":[{"data":)" + kFirst + R"(,"offset":1},{"data":)" + kSecond +
                    R"(,"offset":2}],"epoch":"EPOCH","offset":2}})"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::hub

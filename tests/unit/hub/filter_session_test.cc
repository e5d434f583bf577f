#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/hub/session_talk.h"

namespace gapless::hub {
namespace {

using gapless::test::Lines;
using gapless::test::Talk;

std::string Subscribe(const std::string& filter, const std::string& more = {}) {
  return R"({"id":2,"subscribe":{"channel":"c")" + more + R"(,"tf":)" + filter + "}}";
}
const std::string kRed = R"({"key":"colour","cmp":"eq","val":"red"})";
const Lines kSubscribed = {R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH"}})"};
const Lines kBadRequest = {R"({"id":2,"error":{"code":107,"message":"bad request"}})"};

std::string PushOf(const std::string& publication) { return R"({"push":{"channel":"c","pub":)" + publication + "}}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(filter_session)

BOOST_AUTO_TEST_CASE(S14_only_what_matches_is_pushed_and_the_rest_counts) {
  Talk talk;
  talk.Connect();
  BOOST_TEST((talk.Say(Subscribe(kRed)) == kSubscribed));
  talk.hub->Publish("c", "1", {{"colour", "blue"}});
  talk.hub->Publish("c", "2");
  talk.hub->Publish("c", "3", {{"colour", "red"}, {"size", "1"}});
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":3,"offset":3,"tags":{"colour":"red","size":"1"}})")}));
  // What was left out moved the position, so this is no loss.
  talk.hub->Publish("c", "4");
  talk.hub->Publish("c", "5", {{"colour", "red"}});
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":5,"offset":5,"tags":{"colour":"red"}})")}));
}

BOOST_AUTO_TEST_CASE(S14_a_recovery_is_filtered_and_counts_as_whole) {
  Talk talk;
  talk.Connect();
  talk.hub->Publish("c", "1");
  talk.hub->Publish("c", "2", {{"colour", "red"}});
  talk.hub->Publish("c", "3");
  BOOST_TEST((talk.Say(Subscribe(kRed, R"(,"recover":true)")) ==
              Lines{R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH",)"
                    R"("was_recovering":true,"recovered":true,)"
                    R"("publications":[{"data":2,"offset":2,"tags":{"colour":"red"}}]}})"}));
  talk.hub->Publish("c", "4", {{"colour", "red"}});
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":4,"offset":4,"tags":{"colour":"red"}})")}));
}

BOOST_AUTO_TEST_CASE(S14_what_is_no_filter_is_a_bad_request_and_makes_no_subscription) {
  Talk talk;
  talk.Connect();
  for (const char* filter : {"{}", R"({"key":"k","cmp":"like","val":"a"})", R"({"op":"and","nodes":[]})", "[]", "7"}) {
    BOOST_TEST_INFO(filter);
    BOOST_TEST((talk.Say(Subscribe(filter)) == kBadRequest));
  }
  BOOST_TEST((talk.Say(Subscribe("null")) == kSubscribed));
}

BOOST_AUTO_TEST_CASE(S14_with_deltas_there_is_no_filter) {
  Talk talk(HubServerOptions{.delta = true});
  talk.Connect();
  talk.Say(Subscribe(kRed, R"(,"delta":"fossil")"));
  talk.hub->Publish("c", "1");
  BOOST_TEST((talk.Hear() == Lines{PushOf(R"({"data":"1","offset":1})")}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::hub

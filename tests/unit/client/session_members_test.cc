// What the session makes of joins, leaves, filters, and channels that the server subscribes by itself.

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/client/session_fixture.h"

namespace gapless::internal {
namespace {

using namespace std::chrono_literals;

struct Fixture : test::SessionFixture {
  std::string SubscribeWithMembers(SubscriptionId id, const std::string& channel) {
    return Subscribe(id, channel, {}, true, 60s, true);
  }
  std::string SubscribeWhere(SubscriptionId id, const std::string& channel, const TagFilter& filter) {
    return Subscribe(id, channel, {}, true, 60s, false, filter);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_members, Fixture)

BOOST_AUTO_TEST_CASE(a_subscription_that_wants_members_asks_for_them_at_each_connection) {
  Connect();
  Connected();
  BOOST_TEST(SubscribeWithMembers(1, "a") == "subscribe a with members");
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; subscribe a with members");
}

BOOST_AUTO_TEST_CASE(who_wants_members_on_a_channel_that_is_subscribed_without_them_takes_it_anew) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  BOOST_TEST(SubscribeWithMembers(2, "a") == "unsubscribe a; subscribe a with members from 1e");
  BOOST_TEST(Subscribe(3, "a") == "");
}

BOOST_AUTO_TEST_CASE(C32_a_filter_goes_to_the_server_while_all_subscriptions_agree_on_it) {
  const TagFilter red = TagFilter::Equal("colour", "red");
  const std::string where_red = " where " + red.ToJson();
  Connect();
  Connected();
  BOOST_TEST(SubscribeWhere(1, "a", red) == "subscribe a" + where_red);
  Accept("subscribe a" + where_red, 4);
  BOOST_TEST(SubscribeWhere(2, "a", red) == "");
  // Somebody wants what is left out: the server is asked for all of it, and each leaves out what he does not want.
  BOOST_TEST(SubscribeWhere(3, "a", TagFilter::Exists("colour")) == "unsubscribe a; subscribe a from 4e");
  BOOST_TEST(Subscribe(4, "a") == "");
  Unsubscribe(3);
  BOOST_TEST(Unsubscribe(4) == "");
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; subscribe a" + where_red + " from 4e");
}

BOOST_AUTO_TEST_CASE(a_channel_that_was_refused_is_taken_when_the_server_subscribes_it_by_itself) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Refuse("subscribe a", false, Errc::kPermissionDenied);
  BOOST_TEST(Event(ServerSubscribedEvent{Name("a")}) == "subscribe a");
  BOOST_TEST(Event(ServerSubscribedEvent{Name("a")}) == "");
  BOOST_TEST(Event(ServerSubscribedEvent{Name("unknown")}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal

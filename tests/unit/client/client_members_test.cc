// Who comes and goes, how many there are, calls, and messages to and from the server.

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/unit/client/client_world.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Words;

/// A subscription that writes down envelopes and members, in order.
struct Watcher {
  explicit Watcher(Peer& peer)
      : subscription(peer.client->Subscribe(kChannel, {.join_leave = true}, [this](Subscription& setup) {
          setup.OnJoin([this](const Presence& member) { words.push_back("+" + member.client_id); });
          setup.OnLeave([this](const Presence& member) { words.push_back("-" + member.client_id); });
          setup.OnEnvelope([this](const Envelope& envelope) { words.push_back(test::Word(envelope)); });
        })) {}

  Words Take() { return std::exchange(words, {}); }

  Words words;
  Subscription subscription;
};

struct Fixture : test::ConnectedPair {
  std::string OnlyMember() const { return hub->Presence(kChannel).at(0).client_id; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_members, Fixture)

BOOST_AUTO_TEST_CASE(joins_and_leaves_stand_among_the_envelopes_in_their_order) {
  Watcher watcher(subscriber);
  Settle();
  const std::string self = OnlyMember();
  GAPLESS_TEST_WORDS(watcher.Take(), {"+" + self});
  publisher.Publish(1, 1);
  Subscription other = publisher.client->Subscribe(kChannel);
  Settle();
  const std::string second = hub->Presence(kChannel).at(1).client_id;
  publisher.Publish(2, 2);
  other.Unsubscribe();
  Settle();
  publisher.Publish(3, 3);
  Settle();
  GAPLESS_TEST_WORDS(watcher.Take(), {"p1", "+" + second, "p2", "-" + second, "p3"});
  // One's own leaving is not seen, but the return is.
  subscriber.transport->Disconnect();
  Settle();
  GAPLESS_TEST_WORDS(watcher.Take(), {"+" + OnlyMember()});
}

BOOST_AUTO_TEST_CASE(only_subscriptions_that_ask_are_told_also_when_others_share_the_channel) {
  test::Reader first(subscriber);
  Settle();
  BOOST_TEST(CodeOf([&] { first.subscription.OnJoin([](const Presence&) {}); }) == Errc::kInvalidState);
  publisher.Publish(1, 2);
  Settle();
  // The channel is subscribed without joins; whoever wants them takes a subscription of its own.
  Watcher second(subscriber);
  Settle();
  publisher.Publish(3, 3);
  Settle();
  GAPLESS_TEST_WORDS(first.Take(), {"p1", "p2", "p3"});
  GAPLESS_TEST_WORDS(second.Take(), {"+" + OnlyMember(), "p3"});
  BOOST_TEST(subscriber.errors.empty());
}

BOOST_AUTO_TEST_CASE(R5_a_join_handler_that_throws_is_reported_and_the_stream_goes_on) {
  Watcher watcher(subscriber);
  watcher.subscription.OnJoin([](const Presence&) { throw std::runtime_error("no"); });
  Settle();
  publisher.Publish(1, 1);
  Settle();
  BOOST_TEST(subscriber.Saw(Errc::kHandlerThrew));
  BOOST_TEST(watcher.Take().back() == "p1");
}

BOOST_AUTO_TEST_CASE(L2_joins_wait_in_the_same_bounded_queue_as_envelopes) {
  Watcher watcher(subscriber);
  Settle();
  std::optional<Subscription> idle(publisher.client->Subscribe(kChannel, {.queue_limit = 2, .join_leave = true}));
  Settle();
  for (int round = 0; round < 10; ++round) {
    watcher.subscription.Unsubscribe();
    watcher.subscription = subscriber.client->Subscribe(kChannel, {.join_leave = true});
    Settle();
  }
  BOOST_TEST(publisher.client->Stats().pauses > 0U);
}

BOOST_AUTO_TEST_CASE(presence_stats_count_clients_and_users) {
  test::Reader one(subscriber);
  test::Reader two(publisher);
  Settle();
  const PresenceStats expected{2, 1};
  BOOST_TEST((subscriber.client->PresenceStats(kChannel) == expected));
  BOOST_TEST((one.subscription.PresenceStats() == expected));
  BOOST_TEST((hub->PresenceStats(kChannel) == expected));
  BOOST_TEST(CodeOf([&] { subscriber.client->PresenceStats("bad channel"); }) == Errc::kChannelInvalid);
}

BOOST_AUTO_TEST_CASE(a_call_is_refused_by_a_hub_that_has_no_procedures) {
  const auto error = [&] {
    try {
      subscriber.client->Rpc("sum", "[1,2]");
    } catch (const Error& thrown) {
      return thrown;
    }
    return Error(Errc::kInternal, "nothing was thrown");
  }();
  BOOST_TEST(error.errc() == Errc::kNotSupported);
  BOOST_TEST(error.server_code() == 108U);
  BOOST_TEST(CodeOf([&] { subscriber.client->Rpc("sum", "[1,"); }) == Errc::kPayloadNotJson);
}

BOOST_AUTO_TEST_CASE(messages_of_the_server_reach_the_handler_in_order) {
  Words messages;
  subscriber.client->OnMessage([&](const std::string& data) {
    if (data == "2") throw std::runtime_error("no");
    messages.push_back(data);
  });
  for (const char* data : {"1", "2", R"({"a": 3})"}) subscriber.transport->PushMessage(data);
  Settle();
  GAPLESS_TEST_WORDS(messages, {"1", R"({"a": 3})"});
  BOOST_TEST(subscriber.Saw(Errc::kHandlerThrew));
}

BOOST_AUTO_TEST_CASE(R5_messages_that_nobody_takes_or_that_are_too_many_are_told) {
  subscriber.transport->PushMessage("1");
  subscriber.transport->PushMessage("2");
  Settle();
  BOOST_TEST(subscriber.errors.size() == 1U);
  BOOST_TEST(subscriber.Saw(Errc::kNotSupported));
  int handled = 0;
  subscriber.client->OnMessage([&](const std::string&) { ++handled; });
  for (int n = 0; n < 5'000; ++n) subscriber.transport->PushMessage("3");
  Settle();
  BOOST_TEST(handled == 1'000);
  BOOST_TEST(subscriber.Saw(Errc::kSlowConsumer));
  BOOST_TEST(subscriber.errors.size() == 2U);
  subscriber.transport->PushMessage("4");
  Settle();
  BOOST_TEST(handled == 1'001);
}

BOOST_AUTO_TEST_CASE(a_message_to_the_server_needs_a_connection_and_a_server_that_takes_it) {
  BOOST_TEST(CodeOf([&] { subscriber.client->Send("not json"); }) == Errc::kPayloadNotJson);
  BOOST_TEST(CodeOf([&] { subscriber.client->Send(""); }) == Errc::kPayloadNotJson);
  subscriber.client->Send("1");
  Settle();
  // The hub takes none, and says so as Centrifugo does.
  BOOST_TEST(subscriber.client->State() == ConnectionState::kFailed);
  BOOST_TEST(subscriber.errors.at(0).server_code() == 3508U);
  BOOST_TEST(CodeOf([&] { subscriber.client->Send("1"); }) == Errc::kConnectionLost);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// Connections that end, and come back: promise L1 and what R2 says of a resume.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/client_world.h"

namespace gapless {
namespace {

using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::World;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_resume, test::ConnectedPair)

BOOST_AUTO_TEST_CASE(L1_a_subscription_outlives_its_connection_and_misses_nothing) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 3);
  Settle();
  subscriber.transport->Disconnect();
  publisher.Publish(4, 6);
  Settle();
  publisher.Publish(7, 7);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 7)));
  BOOST_TEST(subscriber.client->Stats().connects == 2u);
  BOOST_TEST(subscriber.client->Stats().gaps == 0u);
}

BOOST_AUTO_TEST_CASE(D35_a_long_outage_is_made_good_beyond_the_servers_page) {
  Reader reader(subscriber);
  Settle();
  subscriber.transport->Disconnect();
  publisher.Publish(1, 2'000);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 2'000)));
}

BOOST_AUTO_TEST_CASE(D7_an_outage_before_the_first_message_keeps_the_wish_to_replay) {
  publisher.Publish(1, 4);
  subscriber.transport->Disconnect();
  Reader reader(subscriber, {.from_sequence = 2});
  subscriber.transport->RefuseConnections(true);
  subscriber.transport->runtime()->AdvanceTime(std::chrono::minutes(1));
  subscriber.transport->RefuseConnections(false);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 3, 4)));
}

BOOST_AUTO_TEST_CASE(a_replay_from_the_start_reads_everything_and_goes_on_live) {
  publisher.Publish(1, 800);
  Reader reader(subscriber, {.from_start = true});
  Settle();
  publisher.Publish(801, 801);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 801)));
}

BOOST_AUTO_TEST_CASE(D9_D10_reconnecting_goes_on_with_growing_pauses_and_tells) {
  std::vector<ConnectionState> states;
  subscriber.client->OnStateChange(
      [&](ConnectionState state, const std::optional<Error>&) { states.push_back(state); });
  Reader reader(subscriber);
  Settle();
  subscriber.transport->RefuseConnections(true);
  subscriber.transport->Disconnect();
  runtime->AdvanceTime(std::chrono::minutes(10));
  // Every attempt waits at least min_delay, and on average about max_delay / 2 later on.
  BOOST_TEST(states.size() > 20u);
  BOOST_TEST(states.size() < 200u);
  BOOST_TEST(subscriber.Saw(Errc::kConnectFailed));
  subscriber.transport->RefuseConnections(false);
  publisher.Publish(1, 1);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1"});
  BOOST_TEST(states.back() == ConnectionState::kConnected);
}

BOOST_AUTO_TEST_CASE(R2_a_server_that_lost_its_stream_leaves_an_open_gap_that_the_next_envelope_closes) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 2);
  Settle();
  subscriber.transport->Disconnect();
  publisher.Publish(3, 3);
  hub->ForgetChannel(kChannel);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "p2", "open p[3,?]"});
  publisher.Publish(4, 4);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"gap p[3,3]", "p4"});
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_closes_with_none_after_the_users_patience) {
  Reader reader(subscriber, {.open_gap_patience = std::chrono::seconds(5)});
  Settle();
  publisher.Publish(1, 1);
  Settle();
  subscriber.transport->Disconnect();
  hub->ForgetChannel(kChannel);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "open p[2,?]"});
  runtime->AdvanceTime(std::chrono::seconds(6));
  GAPLESS_TEST_WORDS(reader.Take(), {"none p"});
}

BOOST_AUTO_TEST_CASE(R2_without_history_a_loss_during_an_outage_is_reported) {
  World bare;
  bare.hub = std::make_shared<Hub>(HubOptions{.history_size = 0}, bare.runtime);
  Peer author(bare, "p");
  Peer listener(bare, "s");
  Reader reader(listener);
  author.client->Connect();
  listener.client->Connect();
  bare.Settle();
  author.Publish(1, 2);
  bare.Settle();
  listener.transport->Disconnect();
  author.Publish(3, 4);
  bare.Settle();
  author.Publish(5, 5);
  bare.Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "p2", "open p[3,?]", "gap p[3,4]", "p5"});
}

// Without history a pause is a loss: gaps that cause a pause would cause the next gaps, for ever.
BOOST_AUTO_TEST_CASE(R2_L2_gaps_of_several_streams_pause_no_subscription) {
  World bare;
  bare.hub = std::make_shared<Hub>(HubOptions{.history_size = 0}, bare.runtime);
  Peer p(bare, "p");
  Peer q(bare, "q");
  Peer listener(bare, "s");
  Reader reader(listener, {.queue_limit = 1, .open_gap_patience = std::chrono::seconds(5)});
  for (Peer* peer : {&p, &q, &listener}) peer->client->Connect();
  bare.Settle();
  for (Peer* peer : {&p, &q}) {
    peer->Publish(1, 1);
    bare.Settle();
  }
  listener.transport->Disconnect();
  bare.Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "q1", "open p[2,?]", "open q[2,?]"});
  bare.runtime->AdvanceTime(std::chrono::seconds(6));
  GAPLESS_TEST_WORDS(reader.Take(), {"none p", "none q"});
  bare.runtime->AdvanceTime(std::chrono::seconds(60));
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(listener.client->Stats().pauses == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_subscriber_of_a_channel_sees_only_what_comes_after_it) {
  Reader first(subscriber);
  Settle();
  publisher.Publish(1, 2);
  Settle();
  Reader second(subscriber);
  Settle();
  subscriber.transport->Disconnect();
  publisher.Publish(3, 4);
  Settle();
  GAPLESS_TEST_WORDS(first.Take(), (Run("p", 1, 4)));
  GAPLESS_TEST_WORDS(second.Take(), (Run("p", 3, 4)));
}

BOOST_AUTO_TEST_CASE(the_server_that_ends_a_subscription_is_asked_again) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 1);
  Settle();
  // The hub drops its subscribers as a server does that lost track: the client comes back by itself.
  for (int round = 0; round < 5; ++round) {
    subscriber.transport->Disconnect();
    publisher.Publish(2 + round, 2 + round);
    Settle();
  }
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 6)));
}

BOOST_AUTO_TEST_CASE(C20_a_subscription_begins_behind_the_place_that_is_given) {
  publisher.Publish(1, 3);
  const HistoryResult before = subscriber.client->History(kChannel);
  BOOST_TEST(before.envelopes.size() == 3u);
  publisher.Publish(4, 700);
  Reader reader(subscriber, {.since = before.up_to});
  Settle();
  publisher.Publish(701, 701);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 4, 701)));

  // Also for one that joins a subscription under way.
  Reader other(subscriber, {.since = before.up_to});
  Settle();
  GAPLESS_TEST_WORDS(other.Take(), (Run("p", 4, 701)));
}

BOOST_AUTO_TEST_CASE(C20_a_place_that_the_server_no_longer_knows_is_an_open_gap) {
  publisher.Publish(1, 3);
  const HistoryResult before = subscriber.client->History(kChannel);
  hub->ForgetChannel(kChannel);
  publisher.Publish(4, 5);
  Reader reader(subscriber, {.since = before.up_to});
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"open [0,?]", "p4", "p5"});
}

BOOST_AUTO_TEST_CASE(C20_a_place_needs_its_epoch_and_no_other_beginning) {
  const Position somewhere{3, "e"};
  for (const SubscribeOptions& options :
       {SubscribeOptions{.since = Position{3, ""}}, SubscribeOptions{.from_start = true, .since = somewhere},
        SubscribeOptions{.from_sequence = 1, .since = somewhere}}) {
    BOOST_CHECK_EXCEPTION(subscriber.client->Subscribe(kChannel, options), Error,
                          [](const Error& error) { return error.errc() == Errc::kInvalidArgument; });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/client/client_world.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::World;

Envelope Decoded(const Peer& peer, std::size_t index, const std::string& channel = kChannel) {
  return DecodeEnvelope(peer.transport->Published(channel).at(index));
}

Validator OnlyNumbers(ValidationMode mode) {
  Registry registry;
  ChannelPattern pattern;
  pattern.pattern = "public:app.room.{id}";
  pattern.aspects = {{"data", Aspect{.payload_schema = R"({"type":"number"})"}}};
  registry.Register(std::move(pattern));
  return Validator(registry, mode);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_publish, World)

BOOST_AUTO_TEST_CASE(D21_publish_returns_what_was_stamped_and_where_the_server_put_it) {
  Peer peer(*this, "p");
  peer.client->Connect();
  const Receipt receipt = peer.client->Publish(kChannel, Draft{.aspect = "data", .payload = "7"});
  BOOST_TEST(receipt.channel == kChannel);
  BOOST_TEST(receipt.sequence == 1);
  BOOST_TEST((receipt.produced_at == runtime->WallClock()));
  BOOST_REQUIRE(receipt.position.has_value());
  BOOST_TEST(receipt.position->offset == 1u);
  const Envelope sent = Decoded(peer, 0);
  BOOST_TEST(sent.sequence == 1);
  BOOST_TEST(sent.payload == "7");
  BOOST_TEST((sent.producer == Producer{"p", ProducerKind::kService}));
  BOOST_TEST((sent.produced_at == receipt.produced_at));
}

BOOST_AUTO_TEST_CASE(P1_sequences_are_contiguous_per_channel) {
  Peer peer(*this, "p");
  peer.client->Connect();
  const std::string other = "public:app.room.2";
  for (std::int64_t n = 1; n <= 20; ++n) {
    BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "a"}).sequence == n);
    BOOST_TEST(peer.client->Publish(other, Draft{.aspect = "a"}).sequence == n);
  }
}

BOOST_AUTO_TEST_CASE(P3_D17_refusals_consume_no_sequence) {
  Peer peer(*this, "p", [](ClientOptions& options) {
    options.validator = OnlyNumbers(ValidationMode::kStrict);
    options.validate_outgoing = true;
  });
  peer.client->Connect();
  const auto refuse = [&](const std::string& channel, const Draft& draft) {
    return CodeOf([&] { peer.client->Publish(channel, draft); });
  };
  BOOST_TEST(refuse("", {.aspect = "data"}) == Errc::kChannelRequired);
  BOOST_TEST(refuse("public", {.aspect = "data"}) == Errc::kChannelInvalid);
  BOOST_TEST(refuse(kChannel, {.aspect = ""}) == Errc::kAspectRequired);
  BOOST_TEST(refuse(kChannel, {.aspect = "data", .payload = "{"}) == Errc::kPayloadInvalid);
  BOOST_TEST(refuse(kChannel, {.aspect = "data", .payload = "\"text\""}) == Errc::kPayloadInvalid);
  BOOST_TEST(refuse(kChannel, {.aspect = "other", .payload = "1"}) == Errc::kUnsupportedAspect);
  BOOST_TEST(refuse("public:app.other", {.aspect = "x", .payload = std::string(70'000, '1')}) == Errc::kTooLarge);
  BOOST_TEST(refuse("public:app.other", {.aspect = "x", .payload = "nul"}) == Errc::kPayloadNotJson);
  BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "data", .payload = "1"}).sequence == 1);
  BOOST_TEST(peer.client->Publish("public:app.other", Draft{.aspect = "x"}).sequence == 1);
  BOOST_TEST(peer.client->Stats().refused == 8u);
  BOOST_TEST(peer.client->Stats().published == 2u);
}

BOOST_AUTO_TEST_CASE(D40_a_validator_that_warns_lets_the_envelope_go_and_tells) {
  Peer peer(*this, "p", [](ClientOptions& options) {
    options.validator = OnlyNumbers(ValidationMode::kWarn);
    options.validate_outgoing = true;
  });
  peer.client->Connect();
  BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "data", .payload = "\"text\""}).sequence == 1);
  Settle();
  BOOST_TEST(peer.Saw(Errc::kPayloadInvalid));
}

BOOST_AUTO_TEST_CASE(D41_channel_names_are_checked_unless_the_server_has_names_of_its_own) {
  Peer strict(*this, "a");
  BOOST_TEST(CodeOf([&] { strict.client->Subscribe("news"); }) == Errc::kChannelInvalid);
  BOOST_TEST(CodeOf([&] { strict.client->Enqueue("news", Draft{.aspect = "a"}); }) == Errc::kChannelInvalid);
  Peer free(*this, "b", [](ClientOptions& options) { options.any_channel_name = true; });
  free.client->Connect();
  BOOST_TEST(free.client->Publish("news", Draft{.aspect = "a"}).sequence == 1);
}

BOOST_AUTO_TEST_CASE(D43_a_client_that_cannot_work_is_not_built) {
  const auto build = [](const std::function<void(ClientOptions&)>& tweak) {
    return CodeOf([&] {
      ClientOptions options{.transport = std::make_shared<MemoryTransport>(),
                            .producer = {.id = "p", .kind = ProducerKind::kUser}};
      tweak(options);
      Client client(std::move(options));
    });
  };
  BOOST_TEST(build([](ClientOptions&) {}) == Errc{});
  BOOST_TEST(build([](ClientOptions& o) { o.transport = nullptr; }) == Errc::kInvalidArgument);
  BOOST_TEST(build([](ClientOptions& o) { o.producer.id = ""; }) == Errc::kInvalidArgument);
  BOOST_TEST(build([](ClientOptions& o) { o.producer.kind = ProducerKind::kUnspecified; }) == Errc::kInvalidArgument);
  BOOST_TEST(build([](ClientOptions& o) { o.max_in_flight = 0; }) == Errc::kInvalidArgument);
  BOOST_TEST(build([](ClientOptions& o) { o.durability = Durability::kOutbox; }) == Errc::kInvalidArgument);
  BOOST_TEST(build([](ClientOptions& o) { o.request_timeout = std::chrono::milliseconds(0); }) ==
             Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_CASE(a_transport_serves_one_client) {
  Peer peer(*this, "p");
  BOOST_TEST(CodeOf([&] {
               Client second({.transport = peer.transport, .producer = {.id = "q", .kind = ProducerKind::kUser}});
             }) == Errc::kInvalidState);
}

BOOST_AUTO_TEST_CASE(P4_what_was_accepted_offline_is_sent_in_order_once_connected) {
  Peer peer(*this, "p");
  for (int n = 1; n <= 5; ++n) {
    BOOST_TEST(peer.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = std::to_string(n)}).sequence == n);
  }
  Settle();
  BOOST_TEST(peer.transport->Published(kChannel).empty());
  peer.client->Connect();
  BOOST_TEST(peer.client->Flush(std::chrono::seconds(1)));
  BOOST_REQUIRE(peer.transport->Published(kChannel).size() == 5u);
  for (std::size_t n = 0; n < 5; ++n) BOOST_TEST(Decoded(peer, n).sequence == static_cast<std::int64_t>(n) + 1);
}

BOOST_AUTO_TEST_CASE(P4_a_lost_acknowledgement_is_made_good_with_the_same_bytes) {
  Peer peer(*this, "p");
  peer.client->Connect();
  peer.transport->LoseAcknowledgements(1, false);
  peer.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = "1"});
  peer.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = "2"});
  Settle();
  BOOST_TEST(peer.client->Stats().unacknowledged == 1u);
  peer.transport->Disconnect();
  BOOST_TEST(peer.client->Flush(std::chrono::minutes(1)));
  BOOST_TEST(peer.client->Stats().resent == 1u);
  BOOST_REQUIRE(peer.transport->Published(kChannel).size() == 2u);
}

BOOST_AUTO_TEST_CASE(P4_subscribers_see_no_second_copy_of_what_was_resent) {
  Peer peer(*this, "p");
  Reader reader(peer);
  peer.client->Connect();
  Settle();
  peer.transport->LoseAcknowledgements(1);
  peer.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = "1"});
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1"});
  peer.transport->Disconnect();
  Settle();
  BOOST_TEST(peer.client->Stats().acknowledged == 1u);
  const auto published = peer.transport->Published(kChannel);
  BOOST_REQUIRE(published.size() == 2u);
  BOOST_TEST(published[0] == published[1]);
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(peer.client->Stats().duplicates == 1u);
}

BOOST_AUTO_TEST_CASE(P4_a_temporary_refusal_is_tried_again) {
  Peer peer(*this, "p");
  peer.client->Connect();
  peer.transport->RefusePublishes(3);
  const Receipt receipt = peer.client->Publish(kChannel, Draft{.aspect = "a", .payload = "1"});
  BOOST_TEST(receipt.sequence == 1);
  BOOST_TEST(peer.client->Stats().resent == 3u);
}

BOOST_AUTO_TEST_CASE(P5_no_answer_before_the_deadline_is_a_result_of_its_own_and_keeps_its_sequence) {
  Peer peer(*this, "p", [](ClientOptions& options) { options.request_timeout = std::chrono::seconds(2); });
  peer.client->Connect();
  Settle();
  peer.transport->LoseAcknowledgements(1);
  try {
    peer.client->Publish(kChannel, Draft{.aspect = "a", .payload = "1"});
    BOOST_FAIL("expected kOutcomeUnknown");
  } catch (const Error& error) {
    BOOST_TEST(error.errc() == Errc::kOutcomeUnknown);
    BOOST_TEST(error.sequence() == 1);
  }
  BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "a", .payload = "2"}).sequence == 2);
  // The server that leaves a request unanswered counts as dead: the next connection brings the acknowledgement.
  runtime->AdvanceTime(std::chrono::seconds(30));
  BOOST_TEST(peer.client->Stats().unacknowledged == 0u);
}

BOOST_AUTO_TEST_CASE(L2_the_number_of_unacknowledged_envelopes_is_bounded) {
  Peer peer(*this, "p", [](ClientOptions& options) { options.max_unacknowledged = 3; });
  for (int n = 0; n < 3; ++n) peer.client->Enqueue(kChannel, Draft{.aspect = "a"});
  BOOST_TEST(CodeOf([&] { peer.client->Enqueue(kChannel, Draft{.aspect = "a"}); }) == Errc::kQueueFull);
  peer.client->Connect();
  BOOST_TEST(peer.client->Flush(std::chrono::seconds(1)));
  BOOST_TEST(peer.client->Enqueue(kChannel, Draft{.aspect = "a"}).sequence == 4);
}

BOOST_AUTO_TEST_CASE(D14_a_closed_client_refuses_and_connect_opens_it_again) {
  Peer peer(*this, "p");
  peer.client->Connect();
  peer.Publish(1, 1);
  peer.client->Close();
  BOOST_TEST(peer.client->State() == ConnectionState::kClosed);
  BOOST_TEST(CodeOf([&] { peer.Publish(2, 2); }) == Errc::kClosed);
  BOOST_TEST(CodeOf([&] { peer.client->Subscribe(kChannel); }) == Errc::kClosed);
  BOOST_TEST(CodeOf([&] { peer.client->History(kChannel); }) == Errc::kClosed);
  peer.client->Connect();
  BOOST_TEST(peer.client->WaitUntilConnected(std::chrono::seconds(5)));
  BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "a"}).sequence == 2);
}

BOOST_AUTO_TEST_CASE(L4_close_reports_what_nobody_acknowledged) {
  Peer peer(*this, "p");
  peer.client->Connect();
  Settle();
  peer.transport->LoseAcknowledgements(1);
  peer.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = "1"});
  peer.client->Close();
  BOOST_REQUIRE(peer.Saw(Errc::kClosed));
  BOOST_TEST(peer.errors.back().sequence() == 1);
  BOOST_TEST(!peer.errors.back().raw().empty());
  BOOST_TEST(peer.client->Stats().unacknowledged == 0u);
}

BOOST_AUTO_TEST_CASE(D19_publish_derived_names_its_parent) {
  Peer peer(*this, "p");
  peer.client->Connect();
  const Envelope parent = test::MakeEnvelope(41, "other");
  BOOST_TEST(peer.client->PublishDerived(parent, "reply", "1").sequence == 1);
  BOOST_TEST((Decoded(peer, 0).causation == Causation{kChannel, 41}));
}

BOOST_AUTO_TEST_CASE(D20_a_publish_inside_a_handler_names_the_handled_channel_and_sequence_as_its_cause) {
  Peer author(*this, "a");
  Peer replier(*this, "r");
  const std::string replies = "public:app.replies";
  Subscription subscription = replier.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnAspect("data", [&](const Envelope&) {
      replier.client->Publish(replies, Draft{.aspect = "x"});
      replier.client->Publish(replies, Draft{.aspect = "root", .causation = Causation{}});
    });
  });
  author.client->Connect();
  replier.client->Connect();
  Settle();
  author.Publish(1, 2);
  Settle();
  replier.client->Publish(replies, Draft{.aspect = "outside"});
  BOOST_TEST((Decoded(replier, 0, replies).causation == Causation{kChannel, 1}));
  BOOST_TEST(Decoded(replier, 1, replies).causation.IsRoot());
  BOOST_TEST((Decoded(replier, 2, replies).causation == Causation{kChannel, 2}));
  BOOST_TEST(Decoded(replier, 4, replies).causation.IsRoot());
}

BOOST_AUTO_TEST_CASE(values_of_the_users_own_types_become_payloads) {
  Peer peer(*this, "p");
  peer.client->Connect();
  const std::map<std::string, int> value{{"x", 1}};
  BOOST_TEST(peer.client->Publish(kChannel, "data", value).sequence == 1);
  BOOST_TEST(Decoded(peer, 0).payload == "{\"x\":1}");
  BOOST_TEST(CodeOf([&] { peer.client->Publish(kChannel, "data", std::vector<std::string>{"\xff"}); }) ==
             Errc::kPayloadNotJson);
}

BOOST_AUTO_TEST_CASE(history_and_presence_come_from_the_server) {
  Peer peer(*this, "p");
  peer.client->Connect();
  peer.Publish(1, 700);
  const HistoryResult all = peer.client->History(kChannel);
  BOOST_TEST(all.envelopes.size() == 700u);
  const HistoryResult some = peer.client->History(kChannel, {.since = 10, .until = 20, .limit = 3});
  BOOST_REQUIRE(some.envelopes.size() == 3u);
  BOOST_TEST(some.envelopes.front().sequence == 18);
  BOOST_TEST(peer.client->Presence(kChannel).empty());
  Reader reader(peer);
  Settle();
  BOOST_TEST(peer.client->Presence(kChannel).size() == 1u);
  BOOST_TEST(reader.subscription.History({.limit = 1}).envelopes.front().sequence == 700);
}

BOOST_AUTO_TEST_CASE(D39_history_tells_of_items_that_cannot_be_read) {
  Peer peer(*this, "p");
  peer.client->Connect();
  peer.Publish(1, 1);
  hub->Publish(kChannel, "{\"not\":\"an envelope\"}");
  peer.Publish(2, 2);
  const HistoryResult result = peer.client->History(kChannel);
  BOOST_TEST(result.envelopes.size() == 2u);
  BOOST_REQUIRE(result.errors.size() == 1u);
  BOOST_TEST(result.errors[0].raw() == "{\"not\":\"an envelope\"}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// Envelopes that fail validation are kept and driven again once the schema is mended (promise L6).

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/client/client_world.h"
#include "tests/unit/client/state_homes.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Homes;
using test::kChannel;
using test::MakeEnvelope;
using test::Peer;
using test::Reader;
using test::World;

struct Fixture : World {
  test::TemporaryFolder folder;
  Registry registry;
  bool registered = false;

  Fixture() { Want("number"); }
  /// Payloads must be of this type from now on.
  void Want(const std::string& type) {
    ChannelPattern pattern;
    pattern.pattern = "public:app.room.{id}";
    pattern.aspects = {{"data", Aspect{.payload_schema = R"({"type":")" + type + R"("})"}}};
    if (std::exchange(registered, true)) {
      registry.Update(std::move(pattern));
    } else {
      registry.Register(std::move(pattern));
    }
  }
  template <typename Home>
  std::unique_ptr<Peer> Life() {
    auto peer = std::make_unique<Peer>(*this, "s", [&](ClientOptions& options) {
      options.snapshotter = Home::Open(folder, "s");
      options.validator = Validator(registry, ValidationMode::kStrict);
    });
    peer->client->Connect();
    Settle();
    return peer;
  }
  static std::string Bytes(std::int64_t sequence, const std::string& payload) {
    Envelope envelope = MakeEnvelope(sequence);
    envelope.payload = payload;
    return EncodeEnvelope(envelope);
  }
  void Emit(std::int64_t sequence, const std::string& payload) {
    hub->Publish(kChannel, Bytes(sequence, payload));
    Settle();
  }
};

const SubscribeOptions kKeeping{.quarantine_limit = 10};

BOOST_FIXTURE_TEST_SUITE(client_quarantine, Fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(L6_what_fails_validation_is_driven_again_once_the_schema_is_mended, Home, Homes) {
  // A key that we do not know stays in the bytes.
  const std::string odd = Bytes(2, "\"two\"").insert(1, R"("x":1,)");
  {
    const auto peer = Life<Home>();
    Reader reader(*peer, kKeeping);
    Settle();
    Emit(1, "1");
    hub->Publish(kChannel, odd);
    Settle();
    Emit(3, "3");
    Emit(4, "\"four\"");
    GAPLESS_TEST_WORDS(reader.Take(), {"p1", "p3"});
    const auto kept = reader.subscription.Quarantined();
    BOOST_REQUIRE(kept.size() == 2u);
    BOOST_TEST(*kept[0].bytes == odd);
    BOOST_TEST((kept[0].code == Errc::kPayloadInvalid));
    BOOST_TEST(kept[0].reason.find("number") != std::string::npos);
    BOOST_TEST(kept[0].offset == 2u);
  }
  const auto peer = Life<Home>();
  Reader reader(*peer, kKeeping);
  Settle();
  BOOST_TEST(reader.subscription.Quarantined().size() == 2u);
  // Not mended yet: both stay, and are told again.
  BOOST_TEST(reader.subscription.Redrive() == 2u);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(reader.errors.size() == 2u);
  BOOST_TEST(reader.subscription.Quarantined().size() == 2u);
  Want("string");
  BOOST_TEST(reader.subscription.Redrive() == 2u);
  BOOST_TEST(reader.subscription.Redrive() == 0u);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"late p2", "late p4"});
  BOOST_TEST(reader.envelopes[0].payload == "\"two\"");
  BOOST_TEST(reader.envelopes[0].offset == 2u);
  BOOST_TEST(reader.subscription.Quarantined().empty());
  // The stream goes on behind what was handled before, not behind what was driven again.
  Emit(5, "\"five\"");
  GAPLESS_TEST_WORDS(reader.Take(), {"p5"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L6_what_was_driven_again_or_discarded_is_gone_in_the_next_life, Home, Homes) {
  {
    const auto peer = Life<Home>();
    Reader reader(*peer, kKeeping);
    Settle();
    for (std::int64_t n = 1; n <= 3; ++n) Emit(n, "\"text\"");
    const auto kept = reader.subscription.Quarantined();
    BOOST_TEST(reader.subscription.Discard(kept[1].id));
    BOOST_TEST(!reader.subscription.Discard(kept[1].id));
    BOOST_TEST(!reader.subscription.Discard(77));
    Settle();
  }
  {
    const auto peer = Life<Home>();
    Reader reader(*peer, kKeeping);
    Settle();
    BOOST_TEST(reader.subscription.Quarantined().size() == 2u);
    Want("string");
    reader.subscription.Redrive();
    Settle();
    GAPLESS_TEST_WORDS(reader.Take(), {"late p1", "late p3"});
    Emit(4, "\"four\"");
  }
  const auto peer = Life<Home>();
  Reader reader(*peer, kKeeping);
  Settle();
  BOOST_TEST(reader.subscription.Quarantined().empty());
  GAPLESS_TEST_WORDS(reader.Take(), {});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L2_L6_a_full_quarantine_keeps_what_it_has_and_says_so, Home, Homes) {
  const auto peer = Life<Home>();
  Reader reader(*peer, {.quarantine_limit = 2});
  Settle();
  for (std::int64_t n = 1; n <= 4; ++n) Emit(n, "\"text\"");
  const auto kept = reader.subscription.Quarantined();
  BOOST_REQUIRE(kept.size() == 2u);
  BOOST_TEST(*kept[1].bytes == Bytes(2, "\"text\""));
  std::vector<std::string> lost;
  for (const Error& error : reader.errors) {
    if (error.errc() == Errc::kQueueFull) lost.push_back(error.raw());
  }
  BOOST_TEST(lost == (std::vector<std::string>{Bytes(3, "\"text\""), Bytes(4, "\"text\"")}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_kept) {
  const auto peer = Life<test::InFile>();
  Reader reader(*peer);
  Settle();
  Emit(1, "\"text\"");
  BOOST_TEST(reader.errors.size() == 1u);
  BOOST_TEST(reader.subscription.Quarantined().empty());
  BOOST_TEST(reader.subscription.Redrive() == 0u);
}

BOOST_AUTO_TEST_CASE(R3_L6_driven_again_into_a_transaction_it_leaves_in_that_transaction) {
  int calls = 0;
  bool fail = true;
  const auto subscribe = [&](Peer& peer) {
    return peer.client->Subscribe(kChannel, kKeeping, [&](Subscription& setup) {
      setup.OnEnvelopeTransactional([&](const Envelope& envelope, Transaction& transaction) {
        ++calls;
        transaction.Execute("CREATE TABLE IF NOT EXISTS seen (sequence INTEGER)");
        transaction.Execute("INSERT INTO seen VALUES (?)", {envelope.sequence});
        if (fail) throw std::runtime_error("no");
      });
    });
  };
  const auto seen = [](Peer& peer) {
    std::int64_t count = 0;
    peer.client->Transact([&](Transaction& transaction) {
      transaction.Execute("CREATE TABLE IF NOT EXISTS seen (sequence INTEGER)");
      count = std::get<std::int64_t>(transaction.Query("SELECT count(*) FROM seen").at(0).at(0));
    });
    return count;
  };
  {
    const auto peer = Life<test::InSqlite>();
    Subscription subscription = subscribe(*peer);
    Settle();
    Emit(1, "\"one\"");
    Emit(2, "\"two\"");
    BOOST_TEST(calls == 0);
    Want("string");
    fail = false;
    BOOST_TEST(subscription.Redrive() == 2u);
    Settle();
    BOOST_TEST(calls == 2);
    BOOST_TEST(subscription.Quarantined().empty());
    BOOST_TEST(seen(*peer) == 2);
  }
  const auto peer = Life<test::InSqlite>();
  Subscription subscription = subscribe(*peer);
  Settle();
  BOOST_TEST(subscription.Quarantined().empty());
  BOOST_TEST(seen(*peer) == 2);
}

BOOST_AUTO_TEST_CASE(one_may_be_discarded_by_a_handler_that_runs_for_another) {
  const auto peer = Life<test::InFile>();
  std::vector<std::string> words;
  const SubscribeOptions options = kKeeping;
  Subscription subscription = peer->client->Subscribe(kChannel, options, [&](Subscription& setup) {
    setup.OnEnvelope([&, handle = setup](const Envelope& envelope) mutable {
      words.push_back(test::Word(envelope));
      for (const auto& kept : handle.Quarantined()) handle.Discard(kept.id);
    });
  });
  Settle();
  Emit(1, "\"one\"");
  Emit(2, "\"two\"");
  Want("string");
  subscription.Redrive();
  Settle();
  GAPLESS_TEST_WORDS(words, {"late p1"});
  BOOST_TEST(subscription.Quarantined().empty());
}

BOOST_AUTO_TEST_CASE(an_ended_subscription_refuses) {
  const auto peer = Life<test::InFile>();
  Reader reader(*peer, kKeeping);
  Settle();
  reader.subscription.Unsubscribe();
  BOOST_TEST(CodeOf([&] { reader.subscription.Redrive(); }) == Errc::kClosed);
  BOOST_TEST(CodeOf([&] { reader.subscription.Quarantined(); }) == Errc::kClosed);
  BOOST_TEST(CodeOf([&] { reader.subscription.Discard(1); }) == Errc::kClosed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

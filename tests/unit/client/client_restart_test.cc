// Processes that end and begin again over the same state, on both snapshotters.

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gapless/simulated_disk.h"
#include "tests/unit/client/client_world.h"
#include "tests/unit/client/state_homes.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Homes;
using test::InFile;
using test::InSqlite;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::TemporaryFolder;
using test::Words;
using test::World;

struct Fixture : World {
  template <typename Home>
  std::unique_ptr<Peer> Life(const std::string& id, Durability durability = Durability::kEach) {
    auto peer = std::make_unique<Peer>(*this, id, [&](ClientOptions& options) {
      options.snapshotter = Home::Open(folder, id);
      options.durability = durability;
    });
    peer->client->Connect();
    Settle();
    return peer;
  }
  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_restart, Fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(P2_D24_sequences_go_on_after_a_restart, Home, Homes) {
  for (std::int64_t life = 0; life < 4; ++life) {
    const auto peer = Life<Home>("p");
    for (std::int64_t n = 1; n <= 3; ++n) {
      BOOST_TEST(peer->client->Publish(kChannel, Draft{.aspect = "a"}).sequence == life * 3 + n);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P2_a_sequence_that_was_accepted_but_never_sent_is_not_used_again, Home, Homes) {
  {
    Peer offline(*this, "p", [&](ClientOptions& options) { options.snapshotter = Home::Open(folder, "p"); });
    BOOST_TEST(offline.client->Enqueue(kChannel, Draft{.aspect = "a"}).sequence == 1);
  }
  BOOST_TEST(Life<Home>("p")->client->Publish(kChannel, Draft{.aspect = "a"}).sequence == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P4_an_outbox_is_sent_by_the_next_life, Home, Homes) {
  {
    Peer offline(*this, "p", [&](ClientOptions& options) {
      options.snapshotter = Home::Open(folder, "p");
      options.durability = Durability::kOutbox;
    });
    for (int n = 1; n <= 5; ++n) offline.client->Enqueue(kChannel, Draft{.aspect = "a", .payload = std::to_string(n)});
  }
  BOOST_TEST(hub->History(kChannel).empty());
  {
    const auto peer = Life<Home>("p", Durability::kOutbox);
    BOOST_TEST(peer->client->Flush(std::chrono::seconds(1)));
  }
  BOOST_REQUIRE(hub->History(kChannel).size() == 5u);
  BOOST_TEST(DecodeEnvelope(hub->History(kChannel)[4].data).sequence == 5);
  // Acknowledged: the life after that has nothing to send.
  const auto last = Life<Home>("p", Durability::kOutbox);
  BOOST_TEST(last->client->Stats().unacknowledged == 0u);
  BOOST_TEST(hub->History(kChannel).size() == 5u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R6_nothing_is_stamped_before_what_an_outbox_still_holds, Home, Homes) {
  World tomorrow;
  tomorrow.runtime = std::make_shared<ManualRuntime>(1, runtime->WallClock() + std::chrono::hours(24));
  {
    Peer offline(tomorrow, "p", [&](ClientOptions& options) {
      options.snapshotter = Home::Open(folder, "p");
      options.durability = Durability::kOutbox;
    });
    offline.client->Enqueue(kChannel, Draft{.aspect = "a"});
  }
  // The clock was set back between the two lives.
  const auto peer = Life<Home>("p", Durability::kOutbox);
  peer->client->Publish(kChannel, Draft{.aspect = "a"});
  BOOST_REQUIRE(hub->History(kChannel).size() == 2u);
  BOOST_TEST((DecodeEnvelope(hub->History(kChannel)[1].data).produced_at >=
              DecodeEnvelope(hub->History(kChannel)[0].data).produced_at));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R3_D8_a_subscriber_resumes_where_its_handlers_ended, Home, Homes) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  {
    const auto subscriber = Life<Home>("s");
    Reader reader(*subscriber);
    Settle();
    publisher.Publish(1, 5);
    Settle();
    GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 5)));
  }
  publisher.Publish(6, 9);
  const auto subscriber = Life<Home>("s");
  Reader reader(*subscriber);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 6, 9)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R3_a_crash_in_the_very_first_handler_skips_nothing, Home, Homes) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  publisher.Publish(1, 3);
  const auto subscriber = Life<Home>("s");
  bool first = true;
  // It began with what came next; what lies on disk while its first handler runs is what a crash there leaves.
  Subscription subscription = subscriber->client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnEnvelope([&](const Envelope&) {
      if (std::exchange(first, false)) folder.CopyState("s", "crashed");
    });
  });
  Settle();
  publisher.Publish(4, 5);
  Settle();
  BOOST_REQUIRE(!first);
  Peer next(*this, "s", [&](ClientOptions& options) { options.snapshotter = Home::Open(folder, "crashed"); });
  next.client->Connect();
  Reader reader(next);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 4, 5)));
}

BOOST_AUTO_TEST_CASE(R3_nothing_is_handed_over_before_the_place_to_go_on_from_is_durable) {
  const auto disk = std::make_shared<SimulatedDisk>();
  Peer publisher(*this, "p");
  publisher.client->Connect();
  Peer subscriber(*this, "s",
                  [&](ClientOptions& options) { options.snapshotter = FileSnapshotter::Open("state", {.io = disk}); });
  subscriber.client->Connect();
  bool full = true;
  disk->OnOperation([&](std::string_view operation) {
    return full && operation == "append" ? std::optional(DiskFault::kRefused) : std::nullopt;
  });
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 3);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_REQUIRE(!reader.errors.empty());
  BOOST_TEST(reader.errors.front().errc() == Errc::kStateNotWritable);
  BOOST_TEST(subscriber.client->Stats().save_failures >= 1U);
  full = false;
  runtime->AdvanceTime(std::chrono::seconds(1));
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 3)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R2_a_hole_across_a_restart_is_reported, Home, Homes) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  {
    const auto subscriber = Life<Home>("s");
    Reader reader(*subscriber);
    Settle();
    publisher.Publish(1, 2);
    Settle();
  }
  publisher.Publish(3, 4);
  hub->DropHistory(kChannel);
  publisher.Publish(5, 5);
  const auto subscriber = Life<Home>("s");
  Reader reader(*subscriber);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"gap p[3,4]", "p5"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R6_a_producer_that_started_over_while_the_subscriber_was_away_is_seen, Home, Homes) {
  {
    Peer publisher(*this, "p");
    publisher.client->Connect();
    const auto subscriber = Life<Home>("s");
    Reader reader(*subscriber);
    Settle();
    publisher.Publish(1, 5);
    Settle();
  }
  runtime->AdvanceTime(std::chrono::seconds(1));
  Peer reborn(*this, "p");
  reborn.client->Connect();
  reborn.Publish(1, 2);
  const auto subscriber = Life<Home>("s");
  Reader reader(*subscriber);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"reset p", "p1", "p2"});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(named_subscriptions_have_cursors_of_their_own, Home, Homes) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  {
    const auto subscriber = Life<Home>("s");
    Reader unnamed(*subscriber);
    BOOST_TEST(CodeOf([&] { subscriber->client->Subscribe(kChannel); }) == Errc::kAlreadySubscribed);
    Settle();
    publisher.Publish(1, 1);
    Settle();
    Reader named(*subscriber, {.name = "audit"});
    Settle();
    unnamed.subscription.Unsubscribe();
    publisher.Publish(2, 3);
    Settle();
    GAPLESS_TEST_WORDS(named.Take(), {"p2", "p3"});
  }
  const auto subscriber = Life<Home>("s");
  Reader unnamed(*subscriber);
  Reader named(*subscriber, {.name = "audit"});
  Settle();
  GAPLESS_TEST_WORDS(unnamed.Take(), {"p2", "p3"});
  GAPLESS_TEST_WORDS(named.Take(), {});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(D28_L5_state_serves_one_producer_and_one_client, Home, Homes) {
  const auto first = Life<Home>("p");
  first->Publish(1, 1);
  BOOST_TEST(CodeOf([&] { Home::Open(folder, "p"); }) == Errc::kStateLocked);
  first->client.reset();
}

BOOST_AUTO_TEST_CASE(D28_another_producers_state_is_refused) {
  Life<InSqlite>("p")->Publish(1, 1);
  const auto other = [&] {
    Client client({.transport = std::make_shared<MemoryTransport>(hub, runtime),
                   .producer = {.id = "q", .kind = ProducerKind::kService},
                   .snapshotter = InSqlite::Open(folder, "p")});
  };
  BOOST_TEST(CodeOf(other) == Errc::kStateForeign);
}

BOOST_AUTO_TEST_CASE(R3_a_transactional_handlers_writes_and_the_cursor_stand_or_fall_together) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  const std::string replies = "public:app.replies";
  std::vector<std::int64_t> rows;
  for (int life = 0; life < 2; ++life) {
    const auto subscriber = Life<InSqlite>("s");
    subscriber->client->Transact(
        [](Transaction& t) { t.Execute("CREATE TABLE IF NOT EXISTS seen (sequence INTEGER)"); });
    Words attempts;
    Subscription subscription = subscriber->client->Subscribe(kChannel, {}, [&](Subscription& setup) {
      setup.OnEnvelopeTransactional([&](const Envelope& envelope, Transaction& transaction) {
        attempts.push_back(test::Word(envelope));
        transaction.Execute("INSERT INTO seen VALUES (?)", {envelope.sequence});
        subscriber->client->Enqueue(replies, Draft{.aspect = "reply", .payload = envelope.payload});
        if (envelope.sequence == 2) throw std::runtime_error("not this one");
      });
    });
    Settle();
    publisher.Publish(life * 3 + 1, life * 3 + 3);
    Settle();
    if (life == 0) GAPLESS_TEST_WORDS(attempts, (Run("p", 1, 3)));
    if (life == 1) GAPLESS_TEST_WORDS(attempts, (Run("p", 4, 6)));
    BOOST_TEST(subscriber->client->Flush(std::chrono::seconds(5)));
    subscriber->client->Transact([&](Transaction& transaction) {
      rows.clear();
      for (const auto& row : transaction.Query("SELECT sequence FROM seen ORDER BY rowid")) {
        rows.push_back(std::get<std::int64_t>(row[0]));
      }
    });
  }
  BOOST_TEST(rows == (std::vector<std::int64_t>{1, 3, 4, 5, 6}), boost::test_tools::per_element());
  const auto sent = hub->History(replies);
  BOOST_REQUIRE(sent.size() == 5u);
  for (std::size_t n = 0; n < 5; ++n) {
    const Envelope reply = DecodeEnvelope(sent[n].data);
    BOOST_TEST(reply.sequence == static_cast<std::int64_t>(n) + 1);
    BOOST_TEST((reply.causation == Causation{kChannel, rows[n]}));
  }
}

BOOST_AUTO_TEST_CASE(a_transaction_of_the_user_takes_its_publishes_with_it) {
  const auto peer = Life<InSqlite>("p");
  peer->client->Transact([](Transaction& t) { t.Execute("CREATE TABLE work (n INTEGER)"); });
  peer->client->Transact([&](Transaction& transaction) {
    transaction.Execute("INSERT INTO work VALUES (?)", {std::int64_t{1}});
    BOOST_TEST(peer->client->Enqueue(kChannel, Draft{.aspect = "a"}).sequence == 1);
    BOOST_TEST(CodeOf([&] { peer->client->Publish(kChannel, Draft{.aspect = "a"}); }) == Errc::kInvalidState);
    BOOST_TEST(CodeOf([&] { peer->client->Transact([](Transaction&) {}); }) == Errc::kInvalidState);
  });
  BOOST_CHECK_THROW(peer->client->Transact([&](Transaction& transaction) {
    transaction.Execute("INSERT INTO work VALUES (?)", {std::int64_t{2}});
    BOOST_TEST(peer->client->Enqueue(kChannel, Draft{.aspect = "a"}).sequence == 2);
    throw std::runtime_error("undo");
  }),
                    std::runtime_error);
  // The undone one left no hole (P3).
  BOOST_TEST(peer->client->Publish(kChannel, Draft{.aspect = "a"}).sequence == 2);
  std::size_t rows = 0;
  peer->client->Transact([&](Transaction& transaction) { rows = transaction.Query("SELECT n FROM work").size(); });
  BOOST_TEST(rows == 1u);
  BOOST_TEST(hub->History(kChannel).size() == 2u);
}

BOOST_AUTO_TEST_CASE(transactions_need_a_database) {
  const auto peer = Life<InFile>("p");
  BOOST_TEST(CodeOf([&] { peer->client->Transact([](Transaction&) {}); }) == Errc::kNotSupported);
  Subscription subscription = peer->client->Subscribe(kChannel);
  BOOST_TEST(CodeOf([&] { subscription.OnEnvelopeTransactional([](const Envelope&, Transaction&) {}); }) ==
             Errc::kNotSupported);
}

BOOST_AUTO_TEST_CASE(L3_closing_and_destroying_the_client_inside_a_transactional_handler) {
  Peer publisher(*this, "p");
  publisher.client->Connect();
  for (const bool destroy : {false, true}) {
    auto subscriber = Life<InSqlite>("s");
    int calls = 0;
    Subscription subscription = subscriber->client->Subscribe(kChannel, {}, [&](Subscription& setup) {
      setup.OnEnvelopeTransactional([&](const Envelope&, Transaction&) {
        ++calls;
        if (destroy) {
          subscriber->client.reset();
        } else {
          subscriber->client->Close();
        }
      });
    });
    Settle();
    publisher.Publish(1, 2);
    Settle();
    BOOST_TEST(calls == 1);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(C20_L1_a_cursor_comes_before_the_place_that_is_given, Home, Homes) {
  const auto publisher = Life<InFile>("p");
  publisher->Publish(1, 2);
  const Position place = publisher->client->History(kChannel).up_to;
  publisher->Publish(3, 4);
  for (const auto& [first, last] : {std::pair{3, 6}, {7, 8}}) {
    const auto subscriber = Life<Home>("s");
    Reader reader(*subscriber, {.since = place});
    Settle();
    publisher->Publish(last - 1, last);
    Settle();
    GAPLESS_TEST_WORDS(reader.Take(), (Run("p", first, last)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// Whole clients whose gaps are rows of a ledger, over both homes of state (promise L6).

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <set>
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

/// Forwards to a state, watches what is saved, and lets saves fail on demand.
class WatchedSnapshotter : public Snapshotter {
 public:
  explicit WatchedSnapshotter(std::shared_ptr<Snapshotter> home) : home_(std::move(home)) {}
  State Load(const std::string& producer_id) override { return home_->Load(producer_id); }
  void Save(const Changes& changes) override {
    if (fail) throw Error(Errc::kStateNotWritable, "the test wants it so");
    home_->Save(changes);
    if (on_save) on_save(changes);
  }
  bool Transactional() const override { return home_->Transactional(); }
  void Transact(const std::function<Changes(Transaction&)>& body) override {
    home_->Transact([&](Transaction& transaction) {
      Changes changes = body(transaction);
      if (std::exchange(fail_commit, false)) throw Error(Errc::kStateNotWritable, "the test wants it so");
      return changes;
    });
  }

  bool fail = false;
  bool fail_commit = false;
  std::function<void(const Changes&)> on_save;

 private:
  const std::shared_ptr<Snapshotter> home_;
};

std::string Text(const std::vector<LedgerRow>& rows) {
  std::string text;
  for (const LedgerRow& row : rows) {
    text += (text.empty() ? "" : ", ") + std::string(ToString(row.status)) + " " + row.producer + "[" +
            std::to_string(row.first) + "," + std::to_string(row.last) + "]";
  }
  return text;
}

struct Fixture : World {
  test::TemporaryFolder folder;

  template <typename Home>
  std::unique_ptr<Peer> Life() {
    auto peer = std::make_unique<Peer>(*this, "s",
                                       [&](ClientOptions& options) { options.snapshotter = Home::Open(folder, "s"); });
    peer->client->Connect();
    Settle();
    return peer;
  }
  /// The server passes on exactly this, as it is.
  void Emit(std::int64_t sequence) {
    hub->Publish(kChannel, EncodeEnvelope(MakeEnvelope(sequence)));
    Settle();
  }
};

BOOST_FIXTURE_TEST_SUITE(client_ledger, Fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(L6_a_user_can_ask_whether_a_stream_was_complete, Home, Homes) {
  {
    const auto peer = Life<Home>();
    Reader reader(*peer);
    Settle();
    for (const std::int64_t sequence : {1, 2, 5, 6}) Emit(sequence);
    GAPLESS_TEST_WORDS(reader.Take(), {"p1", "p2", "gap p[3,4]", "p5", "p6"});
    BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "missing p[3,4]");
    BOOST_TEST(peer->client->Completeness(kChannel, "p", 1, 2).complete);
    BOOST_TEST(peer->client->Completeness(kChannel, "p", 5, 6).complete);
    const Completeness answer = peer->client->Completeness(kChannel, "p", 1, 9);
    BOOST_TEST(!answer.complete);
    BOOST_TEST((answer.missing == std::vector<SequenceRange>{{3, 4}}));
    BOOST_TEST((answer.pending == std::vector<SequenceRange>{{7, 9}}));
    BOOST_TEST(answer.handled_up_to == 6);
    BOOST_TEST(Text(answer.rows) == "missing p[3,4]");
  }
  // The next life knows it from the state, before anybody subscribes.
  const auto peer = Life<Home>();
  BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "missing p[3,4]");
  BOOST_TEST(!peer->client->Completeness(kChannel, "p", 1, 6).complete);
  Reader reader(*peer);
  Settle();
  Emit(3);
  Emit(7);
  Emit(4);
  GAPLESS_TEST_WORDS(reader.Take(), {"late p3", "p7", "late p4", "filled p[3,4]"});
  BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "filled p[3,4]");
  const Completeness answer = peer->client->Completeness(kChannel, "p", 1, 7);
  BOOST_TEST(answer.complete);
  BOOST_TEST(Text(answer.rows) == "filled p[3,4]");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L6_what_is_filtered_out_counts_as_arrived, Home, Homes) {
  const auto peer = Life<Home>();
  Reader reader(*peer, {.aspects = {"other"}});
  Settle();
  for (const std::int64_t sequence : {1, 2, 3}) Emit(sequence);
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(peer->client->Completeness(kChannel, "p", 1, 3).complete);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L6_subscriptions_have_ledgers_of_their_own, Home, Homes) {
  const auto peer = Life<Home>();
  Reader early(*peer);
  Settle();
  Emit(1);
  Emit(3);
  Reader late(*peer, {.name = "late"});
  Settle();
  Emit(4);
  BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "missing p[2,2]");
  BOOST_TEST(Text(peer->client->Ledger(kChannel, "late")) == "unknown p[1,3]");
  BOOST_TEST(Text(peer->client->Ledger(kChannel, "none")) == "");
  const Completeness answer = peer->client->Completeness(kChannel, "p", 2, 4, "late");
  BOOST_TEST((answer.unknown == std::vector<SequenceRange>{{2, 3}}));
  BOOST_TEST(!peer->client->Completeness(kChannel, "nobody", 1, 1).complete);
}

// Many gaps in one go, so that the handlers' turns end between a gap and the envelope behind it.
BOOST_AUTO_TEST_CASE_TEMPLATE(L6_a_gap_is_durable_no_later_than_the_position_that_passes_it, Home, Homes) {
  const auto home = std::make_shared<WatchedSnapshotter>(Home::Open(folder, "s"));
  std::set<std::int64_t> rows;
  std::size_t saves = 0;
  home->on_save = [&](const Changes& changes) {
    for (const auto& [key, row] : changes.ledger) rows.insert(row.first);
    for (const auto& [key, consumer] : changes.consumers) {
      ++saves;
      // The n-th publication has sequence 2 n - 1, and what it shows to be missing is 2 n - 2.
      const auto offset = static_cast<std::int64_t>(consumer.position.offset);
      const auto cursor = consumer.cursors.find("p");
      if (offset >= 2) BOOST_TEST(rows.contains(2 * offset - 2));
      if (cursor != consumer.cursors.end()) BOOST_TEST(cursor->second.sequence == 2 * offset - 1);
    }
  };
  Peer peer(*this, "s", [&](ClientOptions& options) { options.snapshotter = home; });
  peer.client->Connect();
  Reader reader(peer);
  Settle();
  constexpr std::int64_t kCount = 700;
  for (std::int64_t n = 1; n <= kCount; ++n) hub->Publish(kChannel, EncodeEnvelope(MakeEnvelope(2 * n - 1)));
  Settle();
  BOOST_TEST(rows.size() == static_cast<std::size_t>(kCount - 1));
  BOOST_TEST(saves > 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(R3_L6_a_gap_whose_save_was_lost_is_told_again_by_the_next_life, Home, Homes) {
  {
    const auto home = std::make_shared<WatchedSnapshotter>(Home::Open(folder, "s"));
    Peer peer(*this, "s", [&](ClientOptions& options) { options.snapshotter = home; });
    peer.client->Connect();
    Reader reader(peer);
    Settle();
    Emit(1);
    home->fail = true;
    Emit(4);
    GAPLESS_TEST_WORDS(reader.Take(), {"p1", "gap p[2,3]", "p4"});
    BOOST_TEST(Text(peer.client->Ledger(kChannel)) == "missing p[2,3]");
  }
  const auto peer = Life<Home>();
  BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "");
  Reader reader(*peer);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"gap p[2,3]", "p4"});
  BOOST_TEST(Text(peer->client->Ledger(kChannel)) == "missing p[2,3]");
}

BOOST_AUTO_TEST_CASE(R3_L6_a_late_arrival_fills_its_row_in_the_transaction_of_its_handler) {
  const auto home = std::make_shared<WatchedSnapshotter>(test::InSqlite::Open(folder, "s"));
  Peer peer(*this, "s", [&](ClientOptions& options) { options.snapshotter = home; });
  peer.client->Connect();
  std::vector<std::int64_t> handled;
  const Subscription subscription = peer.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnEnvelopeTransactional(
        [&](const Envelope& envelope, Transaction&) { handled.push_back(envelope.sequence); });
  });
  Settle();
  for (const std::int64_t sequence : {1, 4}) Emit(sequence);
  home->fail_commit = true;
  std::string rows_at_failure;
  peer.client->OnError([&](const Error&) { rows_at_failure = Text(peer.client->Ledger(kChannel)); });
  Emit(3);
  BOOST_TEST(rows_at_failure == "missing p[2,3]");
  BOOST_TEST(handled == (std::vector<std::int64_t>{1, 4, 3, 3}), boost::test_tools::per_element());
  BOOST_TEST(Text(peer.client->Ledger(kChannel)) == "missing p[2,2], filled p[3,3]");
  Emit(2);
  BOOST_TEST(Text(peer.client->Ledger(kChannel)) == "filled p[2,3]");
  BOOST_TEST(peer.client->Completeness(kChannel, "p", 1, 4).complete);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L2_the_ledger_keeps_to_its_limit_and_claims_nothing_it_does_not_know, Home, Homes) {
  const auto peer = Life<Home>();
  Reader reader(*peer, {.ledger_limit = 4});
  Settle();
  for (std::int64_t sequence = 1; sequence <= 41; sequence += 2) Emit(sequence);
  BOOST_TEST(peer->client->Ledger(kChannel).size() == 5u);
  for (std::int64_t sequence = 2; sequence <= 40; sequence += 2) {
    BOOST_TEST(!peer->client->Completeness(kChannel, "p", sequence, sequence).complete);
  }
  BOOST_TEST(peer->client->Completeness(kChannel, "p", 41, 41).complete);
}

BOOST_AUTO_TEST_CASE(questions_that_make_no_sense_are_refused) {
  Peer bare(*this, "b");
  BOOST_TEST(CodeOf([&] { bare.client->Ledger(kChannel); }) == Errc::kNotSupported);
  BOOST_TEST(CodeOf([&] { bare.client->Completeness(kChannel, "p", 1, 1); }) == Errc::kNotSupported);
  BOOST_TEST(CodeOf([&] { bare.client->Subscribe(kChannel, {.ledger_limit = 0}); }) == Errc::kInvalidArgument);
  BOOST_TEST(CodeOf([&] { bare.client->Subscribe(kChannel, {.quarantine_limit = 1}); }) == Errc::kInvalidArgument);
  const auto peer = Life<test::InFile>();
  BOOST_TEST(CodeOf([&] { peer->client->Completeness(kChannel, "p", 0, 1); }) == Errc::kInvalidArgument);
  BOOST_TEST(CodeOf([&] { peer->client->Completeness(kChannel, "p", 2, 1); }) == Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

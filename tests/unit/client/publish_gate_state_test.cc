// The gate over real state: what it accepted is what the next life finds.

#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/publish_gate.h"
#include "tests/unit/client/publish_gate_fixture.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless::internal {
namespace {

using test::Draft;

struct Home {
  const char* name;
  std::function<std::shared_ptr<Snapshotter>(const test::TemporaryFolder&)> open;
};

const Home kHomes[] = {
    {"file", [](const test::TemporaryFolder& folder) { return FileSnapshotter::Open(folder / "state.json"); }},
    {"sqlite", [](const test::TemporaryFolder& folder) { return SqliteSnapshotter::Open(folder / "state.db"); }},
};

struct Life {
  std::shared_ptr<Snapshotter> snapshotter;
  State state;
  std::vector<PendingPublish> handed_on;
  PublishGate gate;

  explicit Life(std::shared_ptr<Snapshotter> home)
      : snapshotter(std::move(home)),
        state(snapshotter->Load("p")),
        gate({snapshotter.get(), 100'000, [] { return test::At(1'000'000); },
              [this](std::vector<PendingPublish> publishes) {
                for (PendingPublish& publish : publishes) handed_on.push_back(std::move(publish));
              }}) {
    for (const auto& [channel, last] : state.produced) gate.Raise(channel, last);
  }
  std::int64_t Accept(const std::string& channel, Durability durability) {
    return gate.Accept(channel, Draft(channel), durability, nullptr).sequence;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(publish_gate_state)

BOOST_AUTO_TEST_CASE(P2_the_next_life_goes_on_where_this_one_ended) {
  for (const Home& home : kHomes) {
    BOOST_TEST_CONTEXT(home.name) {
      const test::TemporaryFolder folder;
      {
        Life life(home.open(folder));
        for (int i = 1; i <= 3; ++i) BOOST_TEST(life.Accept("a", Durability::kEach) == i);
        BOOST_TEST(life.Accept("b", Durability::kEach) == 1);
      }
      Life life(home.open(folder));
      BOOST_TEST(life.Accept("a", Durability::kEach) == 4);
      BOOST_TEST(life.Accept("b", Durability::kEach) == 2);
      BOOST_TEST(life.Accept("c", Durability::kEach) == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(P4_the_next_life_finds_the_bytes_that_were_accepted_in_their_order) {
  for (const Home& home : kHomes) {
    BOOST_TEST_CONTEXT(home.name) {
      const test::TemporaryFolder folder;
      std::vector<std::string> accepted;
      {
        Life life(home.open(folder));
        std::vector<std::future<void>> publishers;
        for (int t = 0; t < 4; ++t) {
          publishers.push_back(std::async(std::launch::async, [&life, t] {
            for (int i = 0; i < 10; ++i) life.Accept(t % 2 == 0 ? "a" : "b", Durability::kOutbox);
          }));
        }
        for (auto& publisher : publishers) publisher.get();
        for (const PendingPublish& publish : life.handed_on) accepted.push_back(*publish.bytes);
      }
      const Life life(home.open(folder));
      std::vector<std::string> found;
      for (const OutboxEntry& entry : life.state.outbox) found.push_back(*entry.bytes);
      BOOST_TEST(accepted.size() == 40u);
      BOOST_TEST(found == accepted, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(R3_a_transaction_and_what_it_enqueued_stand_or_fall_together) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "state.db";
  {
    Life life(SqliteSnapshotter::Open(path));
    const auto transact = [&](bool fail) {
      PublishGate::Exclusive exclusive(life.gate);
      life.snapshotter->Transact([&](Transaction& transaction) {
        transaction.Execute("CREATE TABLE IF NOT EXISTS mine (what)");
        transaction.Execute("INSERT INTO mine VALUES (?)", {std::string("written")});
        exclusive.Stamp("a", Draft("a"));
        if (fail) throw Error(Errc::kInvalidArgument, "changed my mind");
        return exclusive.TakeChanges();
      });
      exclusive.Commit();
    };
    BOOST_CHECK_THROW(transact(true), Error);
    transact(false);
    BOOST_TEST(life.Accept("a", Durability::kEach) == 2);
  }
  const Life life(SqliteSnapshotter::Open(path));
  BOOST_REQUIRE(life.state.outbox.size() == 1u);
  BOOST_TEST(life.state.outbox[0].sequence == 1);
  BOOST_TEST(life.state.produced.at("a") == 2);
  std::size_t rows = 0;
  life.snapshotter->Transact([&](Transaction& transaction) {
    rows = transaction.Query("SELECT what FROM mine").size();
    return Changes{};
  });
  BOOST_TEST(rows == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal

// State that somebody else holds: another process of ours, or a program that has locked the database.

#include <SQLiteCpp/Database.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "gapless/memory_transport.h"
#include "tests/fault/durability_text.h"
#include "tests/fault/worker/words.h"
#include "tests/unit/snapshot/child_process.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

using namespace std::chrono_literals;

struct World {
  std::shared_ptr<Snapshotter> Open(const std::string& home) const {
    if (home == "file") return FileSnapshotter::Open(path);
    return SqliteSnapshotter::Open(path, {.busy_timeout = 1ms});
  }
  std::unique_ptr<Client> NewClient(const std::shared_ptr<Snapshotter>& snapshotter, Durability durability) {
    ClientOptions options{.transport = std::make_shared<MemoryTransport>(hub, runtime),
                          .producer = {.id = kWorkerId, .kind = ProducerKind::kService}};
    options.snapshotter = snapshotter;
    options.durability = durability;
    auto client = std::make_unique<Client>(std::move(options));
    client->Connect();
    runtime->Settle();
    return client;
  }

  const TempDirectory directory;
  const std::string path = directory / "state";
  const std::shared_ptr<ManualRuntime> runtime = std::make_shared<ManualRuntime>();
  const std::shared_ptr<Hub> hub = std::make_shared<Hub>(HubOptions{}, runtime);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_owner, World)

BOOST_DATA_TEST_CASE_F(World, L5_a_live_clients_state_is_refused_to_another_process_and_taken_over_once_it_is_killed,
                       boost::unit_test::data::make({std::string("file"), std::string("sqlite")}), home) {
  HubServer server(hub);
  for (int life = 1; life <= 5; ++life) {
    ChildProcess owner({GAPLESS_FAULT_WORKER, "publish", home, path, server.url(), "outbox", std::to_string(life)});
    BOOST_REQUIRE(owner.ReadLine().value_or("") == "open");
    EXPECT_ERROR(Open(home), Errc::kStateLocked);
    // Another process, not only another handle of this one.
    ChildProcess late({GAPLESS_FAULT_WORKER, "publish", home, path, server.url(), "outbox", "late"});
    BOOST_TEST(late.ReadLine().value_or("").find("error") == 0U);
    for (int lines = 0; lines < 20; ++lines) BOOST_REQUIRE(owner.ReadLine());
    owner.Kill();
    BOOST_TEST(Open(home)->Load(kWorkerId).boot_count == 2 * life);
  }
  for (const Publication& publication : hub->History(kOutChannel)) {
    BOOST_TEST(DecodeEnvelope(publication.data).payload.find("late") == std::string::npos, "L5: two writers");
  }
}

BOOST_DATA_TEST_CASE_F(World, P3_R3_D23_a_database_locked_by_someone_else_refuses_publishes_and_is_caught_up_with_later,
                       boost::unit_test::data::make({Durability::kReserved, Durability::kEach, Durability::kOutbox}),
                       durability) {
  std::vector<std::int64_t> handled;
  const auto subscribe = [&](Client& client) {
    client.Subscribe(kInChannel, {.from_start = true}, [&](Subscription& subscription) {
      subscription.OnEnvelope([&](const Envelope& envelope) { handled.push_back(envelope.sequence); });
    });
  };
  const auto publish_in = [&](std::int64_t sequence) {
    Envelope envelope;
    envelope.channel = kInChannel;
    envelope.sequence = sequence;
    envelope.producer = {.id = kSourceId, .kind = ProducerKind::kService};
    envelope.aspect = "a";
    envelope.produced_at = Timestamp(std::chrono::milliseconds(1'780'000'000'000 + sequence));
    hub->Publish(kInChannel, EncodeEnvelope(envelope));
  };
  std::int64_t last = 0;
  {
    const auto client = NewClient(Open("sqlite"), durability);
    subscribe(*client);
    last = client->Publish(kOutChannel, {.aspect = "a", .payload = "1"}).sequence;
    {
      SQLite::Database other(path, SQLite::OPEN_READWRITE);
      other.exec("BEGIN IMMEDIATE");
      publish_in(1);
      runtime->Settle();
      BOOST_TEST(handled.size() == 1U);
      BOOST_TEST(client->Stats().save_failures > 0U);
      // A ceiling was reserved before, so that needs no save now.
      if (durability == Durability::kReserved) {
        BOOST_TEST(client->Publish(kOutChannel, {.aspect = "a", .payload = "2"}).sequence == ++last);
      } else {
        EXPECT_ERROR(client->Publish(kOutChannel, {.aspect = "a", .payload = "2"}), Errc::kStateNotWritable);
        EXPECT_ERROR(client->Enqueue(kOutChannel, {.aspect = "a", .payload = "2"}), Errc::kStateNotWritable);
      }
      other.exec("COMMIT");
    }
    BOOST_TEST(client->Publish(kOutChannel, {.aspect = "a", .payload = "3"}).sequence == ++last);
    // Saves in the background are tried again by themselves.
    runtime->AdvanceTime(10s);
    BOOST_TEST(client->Flush(1s));
  }
  publish_in(2);
  const auto next = NewClient(Open("sqlite"), durability);
  subscribe(*next);
  runtime->Settle();
  BOOST_TEST(handled == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(next->Publish(kOutChannel, {.aspect = "a", .payload = "4"}).sequence == last + 1);
  BOOST_TEST(hub->History(kOutChannel).size() == static_cast<std::size_t>(last + 1), "nothing twice, nothing lost");
}

BOOST_DATA_TEST_CASE_F(World, L5_damaged_state_is_an_error_when_the_client_is_made_and_never_a_fresh_start,
                       boost::unit_test::data::make({std::string("file"), std::string("sqlite")}), home) {
  NewClient(Open(home), Durability::kEach)->Publish(kOutChannel, {.aspect = "a"});
  const std::string whole = ReadFile(path);
  // Nothing, a part, and a byte that changed in what says what the file is.
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.size() / 2), "x" + whole.substr(1)}) {
    WriteFile(path, damaged);
    const auto code = ErrcOf([&] { NewClient(Open(home), Durability::kEach); });
    BOOST_TEST((code == Errc::kStateCorrupt || code == Errc::kStateForeign));
  }
  WriteFile(path, whole);
  BOOST_TEST(NewClient(Open(home), Durability::kEach)->Publish(kOutChannel, {.aspect = "a"}).sequence == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test

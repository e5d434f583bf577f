// What a publisher's state and the server's history say to each other when a client starts (promises P2, P6).

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/client/client_world.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::TemporaryFolder;
using test::World;

const Draft kDraft{.aspect = "data", .payload = "1"};

/// Lives of one producer over one state that can be copied, as a backup does.
struct Lives : World {
  TemporaryFolder folder;
  Durability durability = Durability::kEach;
  StaleState stale_state = StaleState::kStop;
  std::int64_t reserve_block = 10;

  std::unique_ptr<Peer> Begin(const std::string& state = "state") {
    return std::make_unique<Peer>(*this, "p", [&](ClientOptions& options) {
      options.snapshotter = FileSnapshotter::Open(folder / state);
      options.durability = durability;
      options.stale_state = stale_state;
      options.reserve_block = reserve_block;
    });
  }
  /// Leaves a copy of the state as it was after `copied` publishes, and goes on to `last` without it.
  void LeaveOldCopy(std::int64_t copied, std::int64_t last) {
    {
      const auto peer = Begin();
      peer->client->Connect();
      peer->Publish(1, copied);
    }
    folder.CopyState("state", "backup");
    const auto peer = Begin();
    peer->client->Connect();
    peer->Publish(copied + 1, last);
  }
  /// The sequences that the server has, in its order.
  std::vector<std::int64_t> OnServer() const {
    std::vector<std::int64_t> sequences;
    for (const Publication& publication : hub->History(kChannel)) {
      sequences.push_back(DecodeEnvelope(publication.data).sequence);
    }
    return sequences;
  }
};

std::vector<std::int64_t> Numbers(std::int64_t last) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t n = 1; n <= last; ++n) numbers.push_back(n);
  return numbers;
}

#define SAME_NUMBERS(actual, expected) BOOST_TEST((actual) == (expected), boost::test_tools::per_element())

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_reconcile, Lives)

BOOST_AUTO_TEST_CASE(P6_equal_numbers_go_on) {
  for (int life = 0; life < 3; ++life) {
    const auto peer = Begin();
    peer->client->Connect();
    peer->Publish(1, 4);
    BOOST_TEST(peer->errors.empty());
  }
  SAME_NUMBERS(OnServer(), Numbers(12));
}

BOOST_AUTO_TEST_CASE(P6_a_server_behind_gets_what_is_unacknowledged) {
  durability = Durability::kOutbox;
  Begin()->client->Enqueue(kChannel, kDraft);
  const auto peer = Begin();
  peer->client->Enqueue(kChannel, kDraft);
  peer->client->Connect();
  Settle();
  SAME_NUMBERS(OnServer(), Numbers(2));
  BOOST_TEST(peer->client->Stats().unacknowledged == 0U);
}

BOOST_AUTO_TEST_CASE(P6_what_the_server_has_of_the_outbox_counts_as_acknowledged_and_is_not_sent_again) {
  durability = Durability::kOutbox;
  {
    const auto peer = Begin();
    peer->client->Connect();
    Settle();
    peer->transport->LoseAcknowledgements(2);
    for (int n = 0; n < 3; ++n) peer->client->Enqueue(kChannel, kDraft);
    Settle();
  }
  const auto peer = Begin();
  std::future<Receipt> fourth = peer->client->PublishAsync(kChannel, kDraft);
  peer->client->Connect();
  Settle();
  SAME_NUMBERS(OnServer(), Numbers(4));
  BOOST_TEST(peer->client->Stats().unacknowledged == 0U);
  BOOST_TEST(fourth.get().position->offset == 4U);
}

BOOST_AUTO_TEST_CASE(P6_a_lost_acknowledgement_does_not_send_twice_after_a_reconnect_either) {
  const auto peer = Begin();
  peer->client->Connect();
  peer->Publish(1, 1);
  peer->transport->LoseAcknowledgements(1);
  std::future<Receipt> second = peer->client->PublishAsync(kChannel, kDraft);
  Settle();
  peer->transport->Disconnect();
  Settle();
  const Receipt receipt = second.get();
  BOOST_TEST(receipt.sequence == 2);
  BOOST_TEST(receipt.position->offset == 2U);
  SAME_NUMBERS(OnServer(), Numbers(2));
}

BOOST_AUTO_TEST_CASE(P6_P2_an_old_copy_is_told_from_the_newest_state_and_stops) {
  LeaveOldCopy(3, 6);
  const auto restored = Begin("backup");
  restored->client->Connect();
  // The number is given before the server can be asked, and is not used: the server has another envelope under it.
  BOOST_TEST(CodeOf([&] { restored->client->Publish(kChannel, kDraft); }) == Errc::kStateStale);
  BOOST_TEST(CodeOf([&] { restored->client->Publish(kChannel, kDraft); }) == Errc::kStateStale);
  Settle();
  BOOST_TEST(restored->Saw(Errc::kStateStale));
  SAME_NUMBERS(OnServer(), Numbers(6));
  // Another stream of the same state is not concerned.
  BOOST_TEST(restored->client->Publish("public:app.other", kDraft).sequence == 1);

  restored->client->AdoptServerSequence(kChannel);
  BOOST_TEST(restored->client->Publish(kChannel, kDraft).sequence == 7);
  SAME_NUMBERS(OnServer(), Numbers(7));
  BOOST_TEST(CodeOf([&] { restored->client->AdoptServerSequence(kChannel); }) == Errc::kInvalidState);
}

BOOST_AUTO_TEST_CASE(P6_an_old_copy_that_stamps_as_many_as_the_server_has_is_seen_by_their_content) {
  LeaveOldCopy(3, 4);
  const auto restored = Begin("backup");
  restored->client->Connect();
  BOOST_TEST(CodeOf([&] { restored->client->Publish(kChannel, Draft{.aspect = "data", .payload = "\"other\""}); }) ==
             Errc::kStateStale);
  SAME_NUMBERS(OnServer(), Numbers(4));
}

BOOST_AUTO_TEST_CASE(P6_P5_an_old_copys_outbox_is_kept_until_the_user_decides_and_told_when_given_up) {
  durability = Durability::kOutbox;
  LeaveOldCopy(3, 6);
  Begin("backup")->client->Enqueue(kChannel, Draft{.aspect = "data", .payload = "\"kept\""});
  {
    const auto restored = Begin("backup");
    restored->client->Connect();
    Settle();
    BOOST_TEST(restored->Saw(Errc::kStateStale));
    BOOST_TEST(restored->client->Stats().unacknowledged == 1U);
  }
  const auto again = Begin("backup");
  again->client->Connect();
  Settle();
  again->errors.clear();
  again->client->AdoptServerSequence(kChannel);
  BOOST_REQUIRE(again->errors.size() == 1U);
  BOOST_TEST(again->errors[0].raw().find("kept") != std::string::npos);
  BOOST_TEST(again->client->Stats().unacknowledged == 0U);
  BOOST_TEST(again->client->Publish(kChannel, kDraft).sequence == 7);
  SAME_NUMBERS(OnServer(), Numbers(7));
}

BOOST_AUTO_TEST_CASE(P6_the_user_can_choose_to_adopt_beforehand) {
  LeaveOldCopy(3, 6);
  stale_state = StaleState::kAdopt;
  const auto restored = Begin("backup");
  restored->client->Connect();
  BOOST_TEST(CodeOf([&] { restored->client->Publish(kChannel, kDraft); }) == Errc::kStateStale);
  Settle();
  BOOST_TEST(restored->client->Publish(kChannel, kDraft).sequence == 7);
  SAME_NUMBERS(OnServer(), Numbers(7));
}

BOOST_AUTO_TEST_CASE(P6_a_server_that_lost_its_history_does_not_stop_anybody) {
  {
    const auto peer = Begin();
    peer->client->Connect();
    peer->Publish(1, 3);
  }
  hub->ForgetChannel(kChannel);
  const auto peer = Begin();
  peer->client->Connect();
  BOOST_TEST(peer->client->Publish(kChannel, kDraft).sequence == 4);
}

BOOST_AUTO_TEST_CASE(P6_streams_in_memory_are_not_compared) {
  durability = Durability::kMemory;
  for (int life = 0; life < 2; ++life) {
    const auto peer = Begin();
    peer->client->Connect();
    peer->Publish(1, 2);
    BOOST_TEST(peer->errors.empty());
  }
  SAME_NUMBERS(OnServer(), (std::vector<std::int64_t>{1, 2, 1, 2}));
}

BOOST_AUTO_TEST_CASE(P2_reserved_sequences_cost_one_save_for_a_block) {
  durability = Durability::kReserved;
  reserve_block = 100;
  const auto disk = std::filesystem::path(folder / "state.journal-1");
  const auto peer = Begin();
  peer->client->Connect();
  peer->Publish(1, 1);
  const auto after_first = std::filesystem::file_size(disk);
  peer->Publish(2, 100);
  BOOST_TEST(std::filesystem::file_size(disk) == after_first);
  peer->Publish(101, 101);
  BOOST_TEST(std::filesystem::file_size(disk) > after_first);
  SAME_NUMBERS(OnServer(), Numbers(101));
}

BOOST_AUTO_TEST_CASE(P2_reserved_sequences_go_on_where_they_were_after_a_close) {
  durability = Durability::kReserved;
  for (int life = 0; life < 3; ++life) {
    const auto peer = Begin();
    // Not even connected: nothing is in doubt after an orderly end.
    BOOST_TEST(peer->client->Enqueue(kChannel, kDraft).sequence == 2 * life + 1);
    peer->client->Connect();
    BOOST_TEST(peer->client->Publish(kChannel, kDraft).sequence == 2 * life + 2);
    BOOST_TEST(peer->errors.empty());
  }
  SAME_NUMBERS(OnServer(), Numbers(6));
}

BOOST_AUTO_TEST_CASE(P2_reserved_sequences_go_on_after_a_crash_where_the_server_says) {
  durability = Durability::kReserved;
  const auto crashed = Begin();
  crashed->client->Connect();
  crashed->Publish(1, 4);
  // What a kill leaves is what is on disk now.
  folder.CopyState("state", "after");
  const auto peer = Begin("after");
  peer->client->Connect();
  BOOST_TEST(peer->client->Publish(kChannel, kDraft).sequence == 5);
  BOOST_TEST(peer->errors.empty());
  SAME_NUMBERS(OnServer(), Numbers(5));
}

BOOST_AUTO_TEST_CASE(P2_reserved_sequences_are_skipped_where_the_server_cannot_tell) {
  durability = Durability::kReserved;
  const auto crashed = Begin();
  crashed->client->Connect();
  crashed->Publish(1, 4);
  folder.CopyState("state", "after");
  folder.CopyState("state", "offline");
  hub->ForgetChannel(kChannel);
  const auto peer = Begin("after");
  peer->client->Connect();
  BOOST_TEST(peer->client->Publish(kChannel, kDraft).sequence == 11);
  Settle();
  BOOST_TEST(peer->Saw(Errc::kUnrecoverable));
  // Nor does a client wait that was never told to connect.
  const auto offline = Begin("offline");
  BOOST_TEST(offline->client->Enqueue(kChannel, kDraft).sequence == 11);
}

BOOST_AUTO_TEST_CASE(P6_an_old_copy_with_reserved_sequences_stops_too) {
  durability = Durability::kReserved;
  const auto first = Begin();
  first->client->Connect();
  first->Publish(1, 4);
  folder.CopyState("state", "after");
  first->Publish(5, 25);
  const auto restored = Begin("after");
  restored->client->Connect();
  BOOST_TEST(CodeOf([&] { restored->client->Publish(kChannel, kDraft); }) == Errc::kStateStale);
  restored->client->AdoptServerSequence(kChannel);
  BOOST_TEST(restored->client->Publish(kChannel, kDraft).sequence == 26);
  SAME_NUMBERS(OnServer(), Numbers(26));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

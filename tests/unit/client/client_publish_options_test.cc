// How callers wait: futures, deadlines, cancellation, room in a bounded queue, durability by channel.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <stop_token>
#include <string>
#include <vector>

#include "tests/unit/client/client_world.h"
#include "tests/unit/client/memory_snapshotter.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::CodeOf;
using test::ConnectedPair;
using test::kChannel;
using test::MemorySnapshotter;
using test::Peer;
using test::World;

const Draft kDraft{.aspect = "data", .payload = "1"};

bool Ready(const std::future<Receipt>& future) { return future.wait_for(0s) == std::future_status::ready; }

void KeepTwo(ClientOptions& options) { options.max_unacknowledged = 2; }

void KeepTwoAndBlock(ClientOptions& options) {
  options.max_unacknowledged = 2;
  options.when_full = WhenFull::kBlock;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_publish_options, World)

BOOST_AUTO_TEST_CASE(P5_a_future_has_the_receipt_once_the_server_answered) {
  Peer peer(*this, "p");
  std::future<Receipt> first = peer.client->PublishAsync(kChannel, kDraft);
  std::future<Receipt> second = peer.client->PublishAsync(kChannel, kDraft);
  Settle();
  BOOST_TEST(!Ready(first));
  peer.client->Connect();
  Settle();
  BOOST_REQUIRE(Ready(first));
  BOOST_REQUIRE(Ready(second));
  const Receipt receipt = first.get();
  BOOST_TEST(receipt.channel == kChannel);
  BOOST_TEST(receipt.sequence == 1);
  BOOST_TEST((receipt.produced_at != kUnsetTime));
  BOOST_REQUIRE(receipt.position.has_value());
  BOOST_TEST(receipt.position->offset == 1U);
  BOOST_TEST(second.get().sequence == 2);
}

BOOST_AUTO_TEST_CASE(P3_what_is_not_accepted_throws_at_once_instead_of_giving_a_future) {
  Peer peer(*this, "p");
  BOOST_TEST(CodeOf([&] { peer.client->PublishAsync(kChannel, Draft{}); }) == Errc::kAspectRequired);
  BOOST_TEST(peer.client->Stats().refused == 1U);
}

BOOST_AUTO_TEST_CASE(P4_P5_a_deadline_ends_the_wait_and_not_the_sending) {
  Peer peer(*this, "p");
  std::future<Receipt> future = peer.client->PublishAsync(kChannel, kDraft, {.timeout = 2s});
  runtime->AdvanceTime(1'999ms);
  BOOST_TEST(!Ready(future));
  runtime->AdvanceTime(1ms);
  BOOST_REQUIRE(Ready(future));
  BOOST_TEST(CodeOf([&] { future.get(); }) == Errc::kOutcomeUnknown);
  BOOST_TEST(CodeOf([&] { peer.client->Publish(kChannel, kDraft, {.timeout = 1s}); }) == Errc::kOutcomeUnknown);
  peer.client->Connect();
  Settle();
  BOOST_TEST(peer.transport->Published(kChannel).size() == 2U);
}

BOOST_AUTO_TEST_CASE(P5_an_answer_that_comes_before_the_deadline_counts) {
  Peer peer(*this, "p");
  peer.client->Connect();
  std::future<Receipt> future = peer.client->PublishAsync(kChannel, kDraft, {.timeout = 2s});
  Settle();
  runtime->AdvanceTime(3s);
  BOOST_TEST(future.get().sequence == 1);
}

BOOST_AUTO_TEST_CASE(P5_cancellation_ends_the_wait_and_not_the_sending) {
  Peer peer(*this, "p");
  std::stop_source source;
  std::future<Receipt> future =
      peer.client->PublishAsync(kChannel, kDraft, {.timeout = {}, .cancel = source.get_token()});
  BOOST_TEST(!Ready(future));
  source.request_stop();
  BOOST_REQUIRE(Ready(future));
  BOOST_TEST(CodeOf([&] { future.get(); }) == Errc::kOutcomeUnknown);
  peer.client->Connect();
  Settle();
  BOOST_TEST(peer.transport->Published(kChannel).size() == 1U);
}

BOOST_AUTO_TEST_CASE(P3_what_is_cancelled_beforehand_uses_no_sequence) {
  Peer peer(*this, "p");
  std::stop_source source;
  source.request_stop();
  const PublishOptions cancelled{.timeout = {}, .cancel = source.get_token()};
  BOOST_TEST(CodeOf([&] { peer.client->Publish(kChannel, kDraft, cancelled); }) == Errc::kCancelled);
  BOOST_TEST(CodeOf([&] { peer.client->PublishAsync(kChannel, kDraft, cancelled); }) == Errc::kCancelled);
  BOOST_TEST(CodeOf([&] { peer.client->Enqueue(kChannel, kDraft, cancelled); }) == Errc::kCancelled);
  BOOST_TEST(peer.client->Enqueue(kChannel, kDraft).sequence == 1);
}

BOOST_AUTO_TEST_CASE(L4_closing_answers_every_future) {
  const test::TemporaryFolder folder;
  for (const Durability durability : {Durability::kMemory, Durability::kEach, Durability::kOutbox}) {
    Peer peer(*this, "p", [&](ClientOptions& options) {
      options.snapshotter = FileSnapshotter::Open(folder / std::to_string(static_cast<int>(durability)));
      options.durability = durability;
    });
    std::future<Receipt> future = peer.client->PublishAsync(kChannel, kDraft);
    peer.client->Close();
    BOOST_REQUIRE(Ready(future));
    const Errc expected = durability == Durability::kOutbox ? Errc::kOutcomeUnknown : Errc::kClosed;
    BOOST_TEST(CodeOf([&] { future.get(); }) == expected);
    peer.client->Connect();
    Settle();
    BOOST_TEST(peer.transport->Published(kChannel).size() == (durability == Durability::kOutbox ? 1U : 0U));
  }
}

BOOST_AUTO_TEST_CASE(L2_P3_a_full_queue_refuses_and_tells_when_there_is_room) {
  Peer peer(*this, "p", KeepTwo);
  peer.client->Enqueue(kChannel, kDraft);
  BOOST_TEST(peer.client->WaitForRoom(0ms));
  peer.client->Enqueue(kChannel, kDraft);
  BOOST_TEST(CodeOf([&] { peer.client->Enqueue(kChannel, kDraft); }) == Errc::kQueueFull);
  BOOST_TEST(!peer.client->WaitForRoom(1s));
  peer.client->Connect();
  BOOST_TEST(peer.client->WaitForRoom(1s));
  BOOST_TEST(peer.client->Enqueue(kChannel, kDraft).sequence == 3);
}

BOOST_AUTO_TEST_CASE(L2_a_full_queue_can_block_until_there_is_room) {
  Peer peer(*this, "p", KeepTwoAndBlock);
  for (int n = 0; n < 2; ++n) peer.client->Enqueue(kChannel, kDraft);
  peer.client->Connect();
  for (std::int64_t n = 3; n <= 50; ++n) BOOST_TEST(peer.client->Enqueue(kChannel, kDraft).sequence == n);
  Settle();
  BOOST_TEST(peer.transport->Published(kChannel).size() == 50U);
}

BOOST_AUTO_TEST_CASE(P3_a_wait_for_room_ends_at_its_deadline_or_with_the_client) {
  Peer peer(*this, "p", KeepTwoAndBlock);
  for (int n = 0; n < 2; ++n) peer.client->Enqueue(kChannel, kDraft);
  BOOST_TEST(CodeOf([&] { peer.client->Enqueue(kChannel, kDraft, {.timeout = 3s}); }) == Errc::kQueueFull);
  BOOST_TEST(CodeOf([&] { peer.client->Publish(kChannel, kDraft, {.timeout = 3s}); }) == Errc::kQueueFull);
  peer.client->Close();
  BOOST_TEST(CodeOf([&] { peer.client->Enqueue(kChannel, kDraft, {.timeout = 3s}); }) == Errc::kClosed);
}

BOOST_AUTO_TEST_CASE(P2_durability_can_be_chosen_by_channel) {
  const auto state = std::make_shared<MemorySnapshotter>();
  Peer peer(*this, "p", [&](ClientOptions& options) {
    options.snapshotter = state;
    options.durability = Durability::kEach;
    options.channel_durability = {{"public:app.cursor.{id}", Durability::kMemory},
                                  {"public:app.order.**", Durability::kOutbox}};
  });
  const auto saved = [&](const std::string& channel) {
    const std::size_t before = state->saves().size();
    peer.client->Enqueue(channel, kDraft);
    const auto saves = state->saves();
    if (saves.size() == before) return std::string("nothing");
    return std::string(saves.back().outbox_added.empty() ? "sequence" : "envelope");
  };
  BOOST_TEST(saved("public:app.cursor.7") == "nothing");
  BOOST_TEST(saved("public:app.order.eu.7") == "envelope");
  BOOST_TEST(saved("public:app.room.7") == "sequence");
}

BOOST_AUTO_TEST_CASE(rules_that_cannot_be_kept_are_refused) {
  const auto made_with = [&](ChannelDurability rule) {
    return CodeOf([&] { Peer(*this, "p", [&](ClientOptions& options) { options.channel_durability = {rule}; }); });
  };
  BOOST_TEST(made_with({"public:app.**", Durability::kOutbox}) == Errc::kInvalidArgument);
  BOOST_TEST(made_with({"public:{", Durability::kMemory}) == Errc::kPatternInvalid);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

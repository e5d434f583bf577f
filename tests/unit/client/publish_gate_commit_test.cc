// Many publishers at one gate: shared commits, closing meanwhile, and transactions that shut the others out.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/client/publish_gate_fixture.h"

namespace gapless::internal {
namespace {

using test::Accepted;
using test::At;
using test::Draft;

std::string Names(const std::vector<std::pair<std::string, std::int64_t>>& sequences) {
  std::vector<std::string> names;
  for (const auto& [channel, sequence] : sequences) names.push_back(channel + std::to_string(sequence));
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_gate_commit, test::PublishGateFixture)

BOOST_AUTO_TEST_CASE(P1_D18_sequences_have_no_holes_and_leave_in_order_whatever_threads_publish) {
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  const std::vector<std::string> channels = {"a", "b", "c"};
  Make();
  std::vector<std::future<std::map<std::string, std::vector<std::int64_t>>>> results;
  for (int t = 0; t < kThreads; ++t) {
    results.push_back(std::async(std::launch::async, [this, t, &channels] {
      std::map<std::string, std::vector<std::int64_t>> mine;
      for (int i = 0; i < kEach; ++i) {
        const std::string& channel = channels[static_cast<std::size_t>(t + i) % channels.size()];
        const auto durability = i % 3 == 0 ? Durability::kMemory : i % 3 == 1 ? Durability::kEach : Durability::kOutbox;
        mine[channel].push_back(Accept(channel, durability).sequence);
      }
      return mine;
    }));
  }
  std::map<std::string, std::vector<std::int64_t>> accepted;
  for (auto& result : results) {
    for (auto& [channel, sequences] : result.get()) {
      // Whoever waits for one before the next gets growing numbers.
      BOOST_TEST(std::is_sorted(sequences.begin(), sequences.end()));
      auto& all = accepted[channel];
      all.insert(all.end(), sequences.begin(), sequences.end());
    }
  }
  std::map<std::string, std::int64_t> last;
  std::map<std::string, Timestamp> stamped;
  for (const PendingPublish& publish : handed_on) {
    BOOST_REQUIRE(publish.sequence == ++last[publish.channel]);
    const Envelope envelope = DecodeEnvelope(*publish.bytes);
    BOOST_REQUIRE(envelope.sequence == publish.sequence);
    BOOST_REQUIRE((envelope.produced_at >= stamped[publish.channel]));
    stamped[publish.channel] = envelope.produced_at;
  }
  for (const std::string& channel : channels) {
    auto& all = accepted[channel];
    std::sort(all.begin(), all.end());
    BOOST_TEST(static_cast<std::int64_t>(all.size()) == last[channel]);
    BOOST_TEST((std::adjacent_find(all.begin(), all.end()) == all.end()));
  }
  BOOST_TEST(handed_on.size() == static_cast<std::size_t>(kThreads * kEach));
  BOOST_TEST(gate->unacknowledged() == handed_on.size());
}

BOOST_AUTO_TEST_CASE(P1_D22_concurrent_publishers_share_commits) {
  Make();
  state->Allow(0);
  auto first = std::async(std::launch::async, [this] { return Refusal("a"); });
  state->AwaitBegun(1);
  std::vector<std::future<std::optional<Errc>>> others;
  for (int i = 0; i < 6; ++i) others.push_back(AcceptBehind(i % 2 == 0 ? "a" : "b"));
  BOOST_TEST(HandedOn() == "");
  state->AllowAll();
  BOOST_TEST(!first.get().has_value());
  for (auto& other : others) BOOST_TEST(!other.get().has_value());
  BOOST_TEST(HandedOn() == "a1 a2 b1 a3 b2 a4 b3");
  BOOST_TEST(state->begun() == 2u);
  BOOST_TEST(Names(state->saves().at(0).produced) == "a1");
  BOOST_TEST(Names(state->saves().at(1).produced) == "a4 b3");
}

BOOST_AUTO_TEST_CASE(P3_who_asked_for_no_safety_is_not_refused_with_those_whose_commit_failed) {
  Make();
  state->Allow(0);
  auto first = std::async(std::launch::async, [this] { return Refusal("a"); });
  state->AwaitBegun(1);
  state->Fail(2);
  auto durable = AcceptBehind("a");
  auto volatile_one = AcceptBehind("a", Durability::kMemory);
  auto outbox = AcceptBehind("b", Durability::kOutbox);
  auto another = AcceptBehind("b", Durability::kMemory);
  state->AllowAll();
  BOOST_TEST(!first.get().has_value());
  BOOST_TEST((durable.get() == Errc::kStateNotWritable));
  BOOST_TEST((outbox.get() == Errc::kStateNotWritable));
  BOOST_TEST(!volatile_one.get().has_value());
  BOOST_TEST(!another.get().has_value());
  BOOST_TEST(HandedOn() == "a1 a2 b1");
  BOOST_TEST(Accept("a").sequence == 3);
  BOOST_TEST(Accept("b").sequence == 2);
}

BOOST_AUTO_TEST_CASE(P2_a_commit_saves_the_highest_number_used_also_where_that_one_asked_for_no_safety) {
  Make();
  state->Allow(0);
  auto first = std::async(std::launch::async, [this] { return Refusal("z"); });
  state->AwaitBegun(1);
  auto durable = AcceptBehind("a");
  auto volatile_one = AcceptBehind("a", Durability::kMemory);
  state->AllowAll();
  BOOST_TEST(!first.get().has_value());
  BOOST_TEST(!durable.get().has_value());
  BOOST_TEST(!volatile_one.get().has_value());
  BOOST_TEST(Names(state->saves().at(1).produced) == "a2");
}

BOOST_AUTO_TEST_CASE(L2_the_limit_counts_within_a_shared_commit) {
  max_unacknowledged = 3;
  Make();
  state->Allow(0);
  auto first = std::async(std::launch::async, [this] { return Refusal("a"); });
  state->AwaitBegun(1);
  std::vector<std::future<std::optional<Errc>>> others;
  for (int i = 0; i < 4; ++i) others.push_back(AcceptBehind("a"));
  state->AllowAll();
  std::size_t refused = first.get().has_value() ? 1 : 0;
  for (auto& other : others) refused += other.get() == Errc::kQueueFull ? 1 : 0;
  BOOST_TEST(refused == 2u);
  BOOST_TEST(HandedOn() == "a1 a2 a3");
}

BOOST_AUTO_TEST_CASE(L4_closing_waits_for_the_commit_under_way_and_refuses_those_behind_it) {
  Make();
  state->Allow(0);
  auto committing = std::async(std::launch::async, [this] { return Refusal("a"); });
  state->AwaitBegun(1);
  auto behind = AcceptBehind("a");
  auto closed = std::async(std::launch::async, [this] {
    gate->SetClosed(true);
    return HandedOn();
  });
  while (Open()) std::this_thread::yield();
  state->AllowAll();
  // What was accepted has left by the time that the gate is closed, so whoever closes the client sees it.
  BOOST_TEST(closed.get() == "a1");
  BOOST_TEST(!committing.get().has_value());
  BOOST_TEST((behind.get() == Errc::kClosed));
  BOOST_TEST(HandedOn() == "a1");
}

BOOST_AUTO_TEST_CASE(P3_what_a_transaction_stamped_is_undone_with_it) {
  Make();
  Accept("a");
  {
    PublishGate::Exclusive exclusive(*gate);
    BOOST_TEST(exclusive.Stamp("a", Draft("a")).sequence == 2);
    BOOST_TEST(exclusive.Stamp("a", Draft("a")).sequence == 3);
    BOOST_TEST(exclusive.Stamp("b", Draft("b")).sequence == 1);
    exclusive.TakeChanges();
  }
  BOOST_TEST(HandedOn() == "a1");
  BOOST_TEST(gate->unacknowledged() == 1u);
  BOOST_TEST(Accept("a").sequence == 2);
  BOOST_TEST(Accept("b").sequence == 1);
}

BOOST_AUTO_TEST_CASE(R3_what_a_transaction_stamped_is_saved_with_it_and_leaves_after_it) {
  Make();
  {
    PublishGate::Exclusive exclusive(*gate);
    exclusive.Stamp("a", Draft("a"));
    exclusive.Stamp("b", Draft("b"));
    exclusive.Stamp("a", Draft("a"));
    const Changes changes = exclusive.TakeChanges();
    BOOST_TEST(Names(changes.produced) == "a2 b1");
    BOOST_TEST(changes.outbox_added.size() == 3u);
    BOOST_TEST(HandedOn() == "");
    exclusive.Commit();
    BOOST_TEST(HandedOn() == "a1 b1 a2");
  }
  for (const PendingPublish& publish : handed_on) BOOST_TEST(publish.in_outbox);
  BOOST_TEST(gate->unacknowledged() == 3u);
  BOOST_TEST(state->begun() == 0u);  // The transaction saves, not the gate.
  BOOST_TEST(Accept("a").sequence == 3);
}

BOOST_AUTO_TEST_CASE(P1_others_wait_while_a_transaction_stamps) {
  Make();
  std::future<std::optional<Errc>> other;
  {
    PublishGate::Exclusive exclusive(*gate);
    other = AcceptBehind("a");
    exclusive.Stamp("a", Draft("a"));
    exclusive.TakeChanges();
    exclusive.Commit();
  }
  BOOST_TEST(!other.get().has_value());
  BOOST_TEST(HandedOn() == "a1 a2");
}

BOOST_AUTO_TEST_CASE(P3_a_transaction_is_refused_what_a_publisher_is_refused) {
  max_unacknowledged = 2;
  Make();
  Accept("a");
  PublishGate::Exclusive exclusive(*gate);
  exclusive.Stamp("a", Draft("a"));
  const auto refused_as = [&](Errc code) {
    try {
      exclusive.Stamp("a", Draft("a"));
      return false;
    } catch (const Error& error) {
      return error.errc() == code;
    }
  };
  BOOST_TEST(refused_as(Errc::kQueueFull));
  gate->SetClosed(true);  // As by a Close inside the transaction: it must not wait for the transaction.
  BOOST_TEST(refused_as(Errc::kClosed));
}

BOOST_AUTO_TEST_CASE(time_does_not_go_back_over_a_transaction_that_was_undone) {
  Make();
  time = 2'000'000;
  {
    PublishGate::Exclusive exclusive(*gate);
    exclusive.Stamp("a", Draft("a"));
  }
  time = 1'000'000;
  BOOST_TEST((Accept("a").produced_at == At(2'000'000)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal

// Whole clients in processes of their own, killed hundreds of times with SIGKILL in the middle of their work.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "tests/fault/worker/words.h"
#include "tests/sanitized.h"
#include "tests/unit/snapshot/child_process.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

namespace data = boost::unit_test::data;

constexpr int kShare = kSanitized ? 5 : 1;

const std::vector<std::string> kHomes = {"file", "sqlite"};
const std::vector<std::string> kDurabilities = {"reserved", "each", "outbox"};

/// What a life of a worker said.
struct Words {
  std::vector<std::int64_t> accepted;
  std::vector<std::int64_t> acknowledged;
  std::vector<std::int64_t> handled;
  int unsure = 0;
  bool done = false;
};

class Fixture {
 public:
  Fixture() : hub(std::make_shared<Hub>(HubOptions{.history_size = 1'000'000})), server(hub) {}

  /// One more life, killed after about so many lines; 0 is before it has said anything.
  Words Kill(const std::string& role, const std::string& home, const std::string& durability, std::uint64_t lines) {
    ChildProcess worker(Command(role, home, durability));
    Words words;
    // Where in its start it is hit does not matter, only that it is somewhere else each time.
    if (lines == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    for (; lines > 0; --lines) {
      const std::optional<std::string> line = worker.ReadLine();
      BOOST_REQUIRE_MESSAGE(line, "the worker ended by itself");
      Take(*line, words);
    }
    worker.Kill();
    while (const auto line = worker.ReadLine()) Take(*line, words);
    return words;
  }
  /// The last life, which ends in order once `enough` says so of a line.
  template <class Enough>
  Words Finish(const std::string& role, const std::string& home, const std::string& durability, Enough enough) {
    ChildProcess worker(Command(role, home, durability));
    Words words;
    bool ended = false;
    while (const auto line = worker.ReadLine()) {
      Take(*line, words);
      if (!ended && enough(words)) {
        worker.EndInput();
        ended = true;
      }
    }
    BOOST_TEST(words.done);
    return words;
  }

  /// Publishes on the worker's channel, as another program would, until `last`.
  void PublishUpTo(std::int64_t last) {
    for (; published < last; ++published) {
      Envelope envelope;
      envelope.channel = kInChannel;
      envelope.sequence = published + 1;
      envelope.producer = {.id = kSourceId, .kind = ProducerKind::kService};
      envelope.aspect = "a";
      envelope.produced_at = Timestamp(std::chrono::milliseconds(1'780'000'000'000 + published));
      hub->Publish(kInChannel, EncodeEnvelope(envelope));
    }
  }

  /// What the worker published, by sequence. Checks what holds of it whatever happened: no sequence stands for two
  /// envelopes, no payload has two sequences, and those that are new come in order.
  std::map<std::int64_t, std::string> PublishedByWorker() const {
    std::map<std::int64_t, std::string> bytes_of;
    std::map<std::string, std::int64_t> sequence_of;
    std::int64_t top = 0;
    for (const Publication& publication : hub->History(kOutChannel)) {
      const Envelope envelope = DecodeEnvelope(publication.data);
      const auto [found, is_new] = bytes_of.emplace(envelope.sequence, publication.data);
      BOOST_TEST(found->second == publication.data, "P2: sequence " << envelope.sequence << " was used twice");
      BOOST_TEST((!is_new || envelope.sequence > top), "P4: " << envelope.sequence << " came after " << top);
      top = std::max(top, envelope.sequence);
      const auto same = sequence_of.emplace(envelope.payload, envelope.sequence).first;
      BOOST_TEST(same->second == envelope.sequence, envelope.payload << " was published twice");
    }
    return bytes_of;
  }

  const TempDirectory directory;
  const std::string path = directory / "state";
  const std::shared_ptr<Hub> hub;
  HubServer server;
  std::mt19937_64 random{20'261'126};
  std::int64_t published = 0;
  int life = 0;

 private:
  std::vector<std::string> Command(const std::string& role, const std::string& home, const std::string& durability) {
    return {GAPLESS_FAULT_WORKER, role, home, path, server.url(), durability, std::to_string(++life)};
  }
  void Take(const std::string& line, Words& words) const {
    std::istringstream text(line);
    std::string word;
    std::int64_t sequence = 0;
    text >> word >> sequence;
    if (word == "accepted") {
      words.accepted.push_back(sequence);
    } else if (word == "acknowledged") {
      words.acknowledged.push_back(sequence);
    } else if (word == "handled") {
      words.handled.push_back(sequence);
    } else if (word == "unsure") {
      ++words.unsure;
    } else if (word == "done") {
      words.done = true;
    } else {
      BOOST_TEST(line == "open", "life " << life << " says: " << line);
    }
  }
};

/// R3 over the lives of a subscriber: each goes on where one before it was, and none leaves anything out.
class Handled {
 public:
  void Take(const Words& life) {
    if (life.handled.empty()) return;
    const std::int64_t begin = life.handled.front();
    BOOST_TEST(begin <= top_ + 1, "R3: begins with " << begin << ", and only " << top_ << " was handled");
    BOOST_TEST(begin >= begin_, "R3: begins with " << begin << ", the life before with " << begin_);
    std::int64_t expected = begin;
    for (const std::int64_t sequence : life.handled) {
      BOOST_TEST(sequence == expected, "R1: " << sequence << " instead of " << expected);
      expected = sequence + 1;
    }
    begin_ = begin;
    top_ = std::max(top_, life.handled.back());
  }
  std::int64_t top() const { return top_; }

 private:
  std::int64_t begin_ = 0;
  std::int64_t top_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_kill, Fixture)

BOOST_DATA_TEST_CASE_F(Fixture, P1_P2_P4_D24_a_publisher_killed_in_full_flight_reuses_and_loses_nothing,
                       data::make(kHomes) * data::make(kDurabilities), home, durability) {
  std::set<std::int64_t> accepted;
  std::set<std::int64_t> acknowledged;
  const auto take = [&](const Words& words) {
    BOOST_TEST((words.unsure == 0 || durability == "reserved"));
    accepted.insert(words.accepted.begin(), words.accepted.end());
    acknowledged.insert(words.acknowledged.begin(), words.acknowledged.end());
  };
  for (int round = 0; round < 50 / kShare; ++round) take(Kill("publish", home, durability, random() % 80));
  take(Finish("publish", home, durability, [](const Words& words) { return words.acknowledged.size() >= 20; }));

  const auto at_server = PublishedByWorker();
  for (const std::int64_t sequence : acknowledged) {
    BOOST_TEST(at_server.count(sequence) == 1U, "P4: " << sequence << " was acknowledged");
  }
  BOOST_REQUIRE(!at_server.empty());
  if (durability == "outbox") {
    for (const std::int64_t sequence : accepted) {
      BOOST_TEST(at_server.count(sequence) == 1U, "P4: " << sequence << " was in the outbox");
    }
    BOOST_TEST(at_server.rbegin()->first == static_cast<std::int64_t>(at_server.size()), "P1: no holes");
  }
  BOOST_TEST_MESSAGE(life << " lives, " << accepted.size() + acknowledged.size() << " answers, " << at_server.size()
                          << " envelopes, last " << at_server.rbegin()->first);
}

BOOST_DATA_TEST_CASE_F(Fixture, R1_R3_D8_a_subscriber_killed_in_its_handlers_leaves_nothing_out, data::make(kHomes),
                       home) {
  constexpr std::uint64_t kMost = 60;
  Handled handled;
  for (int round = 0; round < 60 / kShare; ++round) {
    // More than the life is allowed to handle, so that it never waits for what does not come.
    PublishUpTo(handled.top() + static_cast<std::int64_t>(kMost));
    handled.Take(Kill("handle", home, "each", random() % kMost));
  }
  PublishUpTo(handled.top() + 10);
  const Words last = Finish("handle", home, "each", [&](const Words& words) {
    return !words.handled.empty() && words.handled.back() == published;
  });
  handled.Take(last);
  BOOST_TEST(handled.top() == published);
  BOOST_TEST_MESSAGE(life << " lives, " << published << " envelopes");
}

BOOST_AUTO_TEST_CASE(R3_transactions_have_their_effects_exactly_once_whatever_is_killed) {
  constexpr std::uint64_t kMost = 60;
  Handled handled;
  for (int round = 0; round < 80 / kShare; ++round) {
    PublishUpTo(handled.top() + static_cast<std::int64_t>(kMost));
    handled.Take(Kill("transact", "sqlite", "outbox", random() % kMost));
  }
  PublishUpTo(handled.top() + 10);
  Finish("transact", "sqlite", "outbox",
         [&](const Words& words) { return !words.handled.empty() && words.handled.back() == published; });

  std::vector<std::int64_t> effects;
  SQLite::Database database(path);
  SQLite::Statement rows(database, "SELECT sequence FROM " + kEffectsTable + " ORDER BY rowid");
  while (rows.executeStep()) effects.push_back(rows.getColumn(0).getInt64());
  std::vector<std::int64_t> all(static_cast<std::size_t>(published));
  for (std::int64_t n = 1; n <= published; ++n) all[static_cast<std::size_t>(n - 1)] = n;
  BOOST_TEST(effects == all, boost::test_tools::per_element());

  // What the handler published is part of the transaction: one envelope for each that was handled.
  const auto at_server = PublishedByWorker();
  BOOST_REQUIRE(at_server.size() == all.size());
  for (const auto& [sequence, bytes] : at_server) {
    BOOST_TEST(DecodeEnvelope(bytes).payload == std::to_string(sequence));
  }
  BOOST_TEST_MESSAGE(life << " lives, " << published << " envelopes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test

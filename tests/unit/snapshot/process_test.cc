// Real processes, killed with SIGKILL in the middle of their work.

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <sstream>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/child_process.h"
#include "tests/unit/snapshot/fixtures.h"
#include "tests/unit/snapshot/writer/writer_state.h"

namespace gapless::test {
namespace {

constexpr int kRounds = 20;
constexpr int kThreads = 3;
/// So large that the journal of a `FileSnapshotter` is folded every few dozen saves.
constexpr std::size_t kEntryBytes = 20'000;

std::shared_ptr<Snapshotter> Open(const std::string& kind, const std::string& path) {
  if (kind == "file") return FileSnapshotter::Open(path);
  return SqliteSnapshotter::Open(path);
}

/// What every thread's channel must look like after its save number `number`.
std::string TextOf(int thread, std::int64_t number) {
  return number == 0 ? "" : Model().Apply(WriterSave(thread, number, kEntryBytes)).Text();
}

/// The part of `state` that belongs to one thread.
State Part(const State& state, int thread) {
  const std::string channel = WriterChannel(thread);
  State part;
  for (const auto& [name, sequence] : state.produced) {
    if (name == channel) part.produced[name] = sequence;
  }
  for (const auto& [key, consumer] : state.consumers) {
    if (key.channel == channel) part.consumers[key] = consumer;
  }
  for (const OutboxEntry& entry : state.outbox) {
    if (entry.channel == channel) part.outbox.push_back(entry);
  }
  return part;
}

BOOST_AUTO_TEST_SUITE(snapshot_processes)

BOOST_DATA_TEST_CASE(D24_kill_9_loses_nothing_that_was_acknowledged,
                     boost::unit_test::data::make({std::string("file"), std::string("sqlite")}), kind) {
  const TempDirectory directory;
  const std::string path = directory / "state";
  std::mt19937_64 random(20'240'614);
  std::map<int, std::int64_t> acknowledged;
  for (int round = 1; round <= kRounds; ++round) {
    ChildProcess child({GAPLESS_SNAPSHOT_WRITER, kind, path, std::to_string(kThreads), std::to_string(kEntryBytes)});
    BOOST_REQUIRE(child.ReadLine().value_or("") == "open");
    const auto take = [&](const std::string& line) {
      std::istringstream words(line);
      int thread = -1;
      std::int64_t number = 0;
      BOOST_REQUIRE_MESSAGE(words >> thread >> number, "the child says: " << line);
      acknowledged[thread] = number;
    };
    for (std::uint64_t lines = 1 + random() % 150; lines > 0; --lines) take(child.ReadLine().value());
    child.Kill();
    while (const auto line = child.ReadLine()) take(*line);

    const State state = Open(kind, path)->Load(kWriterProducer);
    BOOST_TEST(state.boot_count == 2 * round);
    for (int thread = 0; thread < kThreads; ++thread) {
      const std::string text = Text(Part(state, thread));
      const std::int64_t last = acknowledged[thread];
      if (text == TextOf(thread, last + 1)) {
        acknowledged[thread] = last + 1;
      } else if (text != TextOf(thread, last)) {
        BOOST_ERROR("round " << round << ": thread " << thread << " had " << last << " acknowledged, there is\n"
                             << text.substr(0, 300));
      }
    }
  }
}

BOOST_DATA_TEST_CASE(L5_another_process_is_refused_until_the_first_is_gone_however_it_went,
                     boost::unit_test::data::make({std::string("file"), std::string("sqlite")}), kind) {
  const TempDirectory directory;
  const std::string path = directory / "state";
  ChildProcess child({GAPLESS_SNAPSHOT_WRITER, kind, path, "0", "0"});
  BOOST_REQUIRE(child.ReadLine().value_or("") == "open");
  EXPECT_ERROR(Open(kind, path), Errc::kStateLocked);
  child.Kill();
  const auto mine = Open(kind, path);
  BOOST_TEST(mine->Load(kWriterProducer).boot_count == 2);
  ChildProcess late({GAPLESS_SNAPSHOT_WRITER, kind, path, "0", "0"});
  BOOST_TEST(late.ReadLine().value_or("").find("error") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

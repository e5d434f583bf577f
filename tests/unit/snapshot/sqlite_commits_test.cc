// What a save costs, and what many at once cost together.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"
#include "tests/unit/snapshot/watched_vfs.h"

namespace gapless::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(sqlite_commits, SqliteFixture)

/// Bytes that one save of one channel adds to the log, in a state that knows `channels`.
std::int64_t CostOfOneSave(const std::string& path, const WatchedVfs& vfs, int channels) {
  auto snapshotter = SqliteSnapshotter::Open(path);
  snapshotter->Load(kProducer);
  Changes all;
  for (int channel = 0; channel < channels; ++channel) {
    all.produced.emplace_back("public:app.room." + std::to_string(100'000 + channel), 1);
  }
  snapshotter->Save(all);
  const std::int64_t before = vfs.log_bytes();
  snapshotter->Save(Produced("public:app.room.100000", 2));
  return vfs.log_bytes() - before;
}

BOOST_AUTO_TEST_CASE(D22_a_save_writes_as_much_whatever_the_number_of_channels) {
  const WatchedVfs vfs;
  const std::int64_t few = CostOfOneSave(directory / "few.db", vfs, 1);
  const std::int64_t many = CostOfOneSave(directory / "many.db", vfs, 10'000);
  BOOST_TEST(few > 0);
  BOOST_TEST(many == few);
}

BOOST_AUTO_TEST_CASE(many_threads_share_commits_and_lose_nothing) {
  constexpr int kThreads = 8;
  constexpr int kSaves = 60;
  std::vector<std::string> problems(kThreads);
  // A disk takes its time for a sync, in which the others gather.
  const TempDirectory disk(true);
  const std::string shared = disk / "state.db";
  {
    const WatchedVfs vfs(true);
    auto snapshotter = SqliteSnapshotter::Open(shared);
    snapshotter->Load(kProducer);
    const std::int64_t before = vfs.log_syncs();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int number = 1; number <= kSaves; ++number) {
          const auto thrown =
              ErrcOf([&] { snapshotter->Save(Produced("public:app." + std::to_string(thread), number)); },
                     &problems[static_cast<std::size_t>(thread)]);
          if (thrown) return;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(vfs.log_syncs() - before < kThreads * kSaves, "no two saves shared a commit");
    for (const char* suffix : {"", "-wal"}) WriteFile((directory / "copy") + suffix, ReadFile(shared + suffix));
  }
  for (const std::string& problem : problems) BOOST_TEST(problem == "");
  const State state = SqliteSnapshotter::Open(directory / "copy")->Load(kProducer);
  BOOST_TEST(state.produced.size() == static_cast<std::size_t>(kThreads));
  for (const auto& [channel, sequence] : state.produced) BOOST_TEST(sequence == kSaves);
}

// An open statement of ours would hold the log back for ever.
BOOST_AUTO_TEST_CASE(no_save_keeps_the_log_from_being_folded) {
  const auto snapshotter = OpenWithSaves(5);
  BOOST_TEST(OtherConnection(path).Ask("PRAGMA wal_checkpoint(TRUNCATE)") == "0");
  BOOST_TEST(std::filesystem::file_size(path + "-wal") == 0U);
  snapshotter->Save(SampleSave(6));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

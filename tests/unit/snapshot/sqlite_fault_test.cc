// Every write, cut and sync of SQLite's is made to fail.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"
#include "gapless/state.h"
#include "tests/unit/snapshot/sqlite_fixture.h"
#include "tests/unit/snapshot/watched_vfs.h"

namespace gapless::test {
namespace {

constexpr int kSaves = 5;

const struct {
  VfsFault fault;
  const char* name;
} kFaults[] = {
    {{SQLITE_IOERR_WRITE, false, false}, "refused once"},
    {{SQLITE_IOERR_WRITE, true, false}, "done but failed once"},
    {{SQLITE_FULL, false, false}, "found the disk full once"},
    {{SQLITE_IOERR_WRITE, false, true}, "refused for good"},
    {{SQLITE_FULL, false, true}, "found the disk full for good"},
};

BOOST_FIXTURE_TEST_SUITE(sqlite_faults, SqliteFixture)

BOOST_AUTO_TEST_CASE(P2_no_failed_operation_loses_what_was_acknowledged_or_leaves_half_a_save) {
  for (const auto& [fault, name] : kFaults) {
    bool failed = true;
    for (int nth = 1; failed; ++nth) {
      const std::string what = "operation " + std::to_string(nth) + " " + name;
      int acknowledged = 0;
      bool one_more = false;
      WatchedVfs vfs;
      vfs.FailAt(nth, fault);
      {
        std::shared_ptr<SqliteSnapshotter> snapshotter;
        const auto attempt = [&](const std::function<void()>& call) {
          std::string message;
          auto thrown = ErrcOf(call, &message);
          if (thrown == Errc::kStateNotWritable) thrown = ErrcOf(call, &message);
          if (thrown && thrown != Errc::kStateNotWritable && thrown != Errc::kStateFailed) {
            BOOST_ERROR(what << " threw " << message);
          }
          one_more = thrown == Errc::kStateFailed;
          return !thrown;
        };
        bool lives = attempt([&] { snapshotter = Open(); }) && attempt([&] { snapshotter->Load(kProducer); });
        while (lives && acknowledged < kSaves) {
          lives = attempt([&] { snapshotter->Save(SampleSave(acknowledged + 1, 3'000)); });
          if (lives) ++acknowledged;
        }
        if (one_more && snapshotter) {
          BOOST_TEST((ErrcOf([&] { snapshotter->Save(SampleSave(1)); }).has_value()), what);
        }
        failed = vfs.HasFailed();
        // A process that dies here leaves the files as they are.
        CopyState(directory / "crashed.db");
        snapshotter.reset();
        vfs.Heal();
      }
      if (!failed) BOOST_TEST(acknowledged == kSaves);
      for (const std::string& left : {path, directory / "crashed.db"}) {
        std::string message;
        std::string text;
        const auto thrown = ErrcOf([&] { text = Text(SqliteSnapshotter::Open(left)->Load(kProducer)); }, &message);
        const bool right =
            text == SampleText(acknowledged, 3'000) || (one_more && text == SampleText(acknowledged + 1, 3'000));
        if (thrown) BOOST_ERROR(what << ": cannot be opened any more: " << message);
        if (!thrown && !right)
          BOOST_ERROR(what << ": acknowledged were " << acknowledged << ", there is\n" << text.substr(0, 200));
        for (const char* suffix : {"", "-wal", "-shm", "-gapless_lock"}) std::filesystem::remove(left + suffix);
      }
    }
  }
}

/// Runs `live` with the n-th operation failing, for n = 1, 2, 3 … until none fails, each time on what `prepare` leaves;
/// then, with the disk mended, `check`.
void FailEveryOperation(const std::string& path, const std::function<void()>& prepare,
                        const std::function<void()>& live,
                        const std::function<void(std::optional<Errc>, const std::string&)>& check) {
  for (const auto& [fault, name] : kFaults) {
    bool failed = true;
    for (int nth = 1; failed; ++nth) {
      prepare();
      WatchedVfs vfs;
      vfs.FailAt(nth, fault);
      const auto thrown = ErrcOf(live);
      failed = vfs.HasFailed();
      vfs.Heal();
      check(thrown, "operation " + std::to_string(nth) + " " + name);
      if (!failed) BOOST_TEST(!thrown.has_value());
      for (const char* suffix : {"", "-wal", "-shm", "-gapless_lock"}) std::filesystem::remove(path + suffix);
    }
  }
}

BOOST_AUTO_TEST_CASE(L5_a_migration_that_fails_leaves_the_older_version_whole_or_is_done) {
  const std::string old = ReadFile(std::string(GAPLESS_SOURCE_DIR) + "/tests/golden/state/v1/state.db");
  WriteFile(path, old);
  const std::string expected = Text(Reopen());
  BOOST_TEST(expected.find("ledger") != std::string::npos);
  FailEveryOperation(
      path, [&] { WriteFile(path, old); }, [&] { Reopen(); },
      [&](std::optional<Errc> thrown, const std::string& what) {
        if (thrown) {
          BOOST_TEST((thrown == Errc::kStateNotWritable || thrown == Errc::kStateFailed), what);
        }
        BOOST_TEST(Text(Reopen()) == expected, what);
      });
}

BOOST_AUTO_TEST_CASE(D26_an_import_that_fails_leaves_no_part_of_a_state) {
  OpenWithSaves(9);
  StoredState stored = ReadState(path);
  const std::string copy = directory / "copy.db";
  FailEveryOperation(
      copy, [] {}, [&] { ImportState(stored, copy); },
      [&](std::optional<Errc> thrown, const std::string& what) {
        std::string text;
        const auto none = ErrcOf([&] { text = Text(ReadState(copy).state); });
        BOOST_TEST((none == Errc::kInvalidArgument || text.empty() || text == SampleText(9)), what);
        if (!thrown) BOOST_TEST(text == SampleText(9), what);
        if (text.empty()) {
          const auto again = ErrcOf([&] { ImportState(stored, copy); });
          BOOST_TEST(!again.has_value(), what);
          BOOST_TEST(Text(ReadState(copy).state) == SampleText(9), what);
        }
      });
}

BOOST_AUTO_TEST_CASE(D23_after_a_failed_sync_nothing_is_saved_until_reopened) {
  WatchedVfs vfs;
  auto snapshotter = OpenWithSaves(1);
  // The frames of a small save are written and then synced; whichever comes first, it ends in the commit.
  vfs.FailAt(1, {SQLITE_IOERR_FSYNC, true, false});
  EXPECT_ERROR(snapshotter->Save(SampleSave(2)), Errc::kStateFailed);
  vfs.Heal();
  EXPECT_ERROR(snapshotter->Save(SampleSave(3)), Errc::kStateFailed);
  EXPECT_ERROR(snapshotter->Transact([](Transaction&) { return Changes{}; }), Errc::kStateFailed);
  snapshotter.reset();
  auto again = Open();
  const std::string text = Text(again->Load(kProducer));
  BOOST_TEST((text == SampleText(1) || text == SampleText(2)), text);
  again->Save(SampleSave(3));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

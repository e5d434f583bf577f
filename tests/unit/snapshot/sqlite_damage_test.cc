// Databases that are no state of ours, or no longer a whole one.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <random>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(sqlite_damage, SqliteFixture)

BOOST_AUTO_TEST_CASE(D27_a_file_that_is_no_database_is_an_error_and_stays_as_it_is) {
  const std::string garbage(5'000, 'g');
  WriteFile(path, garbage);
  EXPECT_ERROR(Open(), Errc::kStateForeign);
  BOOST_TEST(ReadFile(path) == garbage);
  std::filesystem::remove(path);
  OpenWithSaves(1);
  WriteFile(path, garbage);
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  BOOST_TEST(ReadFile(path) == garbage);
}

BOOST_AUTO_TEST_CASE(D27_a_database_that_lost_the_state_is_not_a_fresh_start) {
  OpenWithSaves(3);
  const std::string whole = ReadFile(path);
  WriteFile(path, "");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  {
    OtherConnection other(path);
    for (const char* table : {"state", "produced", "cursors", "positions", "outbox"}) {
      other.Run(std::string("DROP TABLE gapless_") + table);
    }
  }
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  OtherConnection(path).Run("DROP TABLE gapless_outbox");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  OtherConnection(path).Run("DELETE FROM gapless_state");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(a_removed_database_is_a_fresh_start_unless_its_log_is_still_there) {
  OpenWithSaves(3);
  std::filesystem::remove(path);
  BOOST_TEST(Text(Reopen()) == "");
  std::filesystem::remove(path);
  WriteFile(path + "-wal", "frames");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_are_corrupt) {
  const char* const kStatements[] = {
      "UPDATE gapless_state SET boot_count = -1",
      "UPDATE gapless_state SET boot_count = 'many'",
      "UPDATE gapless_state SET boot_count = 9223372036854775807",
      "UPDATE gapless_state SET instance_id = NULL",
      "UPDATE gapless_state SET schema_version = 0",
      "UPDATE gapless_state SET schema_version = -1",
      "UPDATE gapless_positions SET epoch = x'00'",
      "UPDATE gapless_positions SET stream_offset = 1.5",
      "UPDATE gapless_cursors SET produced_at = 'noon'",
      "UPDATE gapless_outbox SET bytes = 7",
      "UPDATE gapless_gaps SET status = 0",
      "UPDATE gapless_gaps SET cause = 99",
      "UPDATE gapless_gaps SET first_sequence = -1",
      "UPDATE gapless_gaps SET found_at = 'noon'",
      "UPDATE gapless_quarantine SET bytes = 7",
      "UPDATE gapless_quarantine SET code = 'bad'",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_reserved SET ceiling = -4",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_produced SET sequence = -4",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_produced SET sequence = 'x'",
      "UPDATE gapless_outbox SET channel = CAST(x'FF' AS TEXT) WHERE place = (SELECT max(place) FROM gapless_outbox)",
  };
  for (const char* statement : kStatements) {
    BOOST_TEST_CONTEXT(statement) {
      OpenWithSaves(6);
      OtherConnection(path).Run(statement);
      EXPECT_ERROR(Reopen(), Errc::kStateCorrupt);
      std::filesystem::remove(path);
    }
  }
}

// SQLite has no checksums on its pages, so damage may pass for data; but nothing may crash, hang or throw anything
// else.
BOOST_AUTO_TEST_CASE(damaged_databases_give_typed_errors) {
  OpenWithSaves(12);
  const std::string whole = ReadFile(path);
  std::mt19937_64 random(11);
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (std::uint64_t hits = 1 + random() % 20; hits > 0; --hits) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
    }
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
    WriteFile(path, bytes);
    std::string message;
    const auto thrown = ErrcOf([&] { Reopen(); }, &message);
    if (thrown) ++refused;
    const bool is_typed =
        !thrown || thrown == Errc::kStateCorrupt || thrown == Errc::kStateForeign || thrown == Errc::kStateNotWritable;
    if (!is_typed) BOOST_ERROR("round " << round << " threw " << message);
  }
  BOOST_TEST(refused > 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

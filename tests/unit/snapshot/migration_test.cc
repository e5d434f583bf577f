// State that earlier versions wrote, kept in tests/golden/state.

#include <boost/test/unit_test.hpp>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

std::string Golden(const std::string& name) { return std::string(GAPLESS_SOURCE_DIR) + "/tests/golden/state/" + name; }

const ConsumerKey kKey{"public:app.in", "named"};

struct Fixture {
  TempDirectory directory;
  const std::string path = directory / "state";

  void Take(const std::string& from, const std::string& suffix = "") {
    WriteFile(path + suffix, ReadFile(Golden(from) + suffix));
  }
  void TakeFiles(const std::string& version) {
    for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) Take(version + "/state.json", suffix);
  }
};

/// It holds what it held, and everything that this version knows can be added.
template <typename Kind>
void CheckLife(const std::string& path, const std::string& version) {
  // Of what was received before there was a ledger nothing is known.
  const std::string unset = std::to_string(kUnsetTime.time_since_epoch().count());
  const std::string unknown = " cause 7 " + unset + " " + unset + "\n";
  const std::string held = ReadFile(Golden(version + "/expected.txt")) +
                           "ledger public:app.in|#1=unknown writer-0[1,12] told [1,12]" + unknown +
                           "ledger public:app.in|named#1=unknown writer-1[1,9] told [1,9]" + unknown;
  Changes news;
  news.reserved = {{"public:app.a", 64}, {"public:app.new", 32}};
  news.ledger = {{kKey, Row(2, LedgerStatus::kMissing, 13, 14)}};
  news.quarantine = {{kKey, Kept(1, "bytes")}};
  std::int64_t boots = 0;
  {
    const auto snapshotter = Kind::Open(path);
    const State state = snapshotter->Load(kProducer);
    BOOST_TEST(Text(state) == held);
    boots = state.boot_count;
    BOOST_TEST(boots > 1);
    snapshotter->Save(news);
  }
  const State state = Kind::Open(path)->Load(kProducer);
  BOOST_TEST(state.boot_count == boots + 1);
  BOOST_TEST(state.produced.at("public:app.a") == 12);
  BOOST_TEST(state.reserved.at("public:app.a") == 64);
  BOOST_TEST(state.reserved.at("public:app.new") == 32);
  BOOST_REQUIRE(state.ledger.at(kKey).size() == 2U);
  BOOST_TEST((state.ledger.at(kKey)[1] == Row(2, LedgerStatus::kMissing, 13, 14)));
  BOOST_TEST(*state.quarantine.at(kKey).at(0).bytes == "bytes");
}

BOOST_FIXTURE_TEST_SUITE(state_of_earlier_versions, Fixture)

BOOST_AUTO_TEST_CASE(L5_files_of_version_1_go_on_where_they_were) {
  TakeFiles("v1");
  CheckLife<FileSnapshotter>(path, "v1");
}

BOOST_AUTO_TEST_CASE(L5_a_database_of_version_1_goes_on_where_it_was) {
  Take("v1/state.db");
  BOOST_TEST(OtherConnection(path).Ask("SELECT schema_version FROM gapless_state") == "1");
  CheckLife<SqliteSnapshotter>(path, "v1");
}

BOOST_AUTO_TEST_CASE(a_table_of_the_users_in_the_way_of_a_migration_leaves_the_older_version) {
  Take("v1/state.db");
  OtherConnection(path).Run("CREATE TABLE gapless_Reserved (mine TEXT)");
  EXPECT_ERROR(SqliteSnapshotter::Open(path), Errc::kStateForeign);
  BOOST_TEST(OtherConnection(path).Ask("SELECT schema_version FROM gapless_state") == "1");
  OtherConnection(path).Run("DROP TABLE gapless_reserved");
  CheckLife<SqliteSnapshotter>(path, "v1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

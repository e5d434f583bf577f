// Ceilings that were saved ahead of use (promise P2 under Durability::kReserved), in both homes of state.

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

using Pairs = std::vector<std::pair<std::string, std::int64_t>>;

struct Step {
  Pairs produced;
  Pairs reserved;
};

const struct {
  const char* what;
  std::vector<Step> steps;
  std::string text;
} kCases[] = {
    {"a ceiling is kept beside what was produced", {{{{"a", 3}}, {{"a", 64}}}}, "produced a=3\nreserved a=64\n"},
    {"a ceiling may come before the first sequence", {{{}, {{"a", 64}}}}, "reserved a=64\n"},
    {"a higher one replaces it", {{{}, {{"a", 64}}}, {{}, {{"a", 128}}}}, "reserved a=128\n"},
    {"a lower one replaces it", {{{}, {{"a", 128}}}, {{}, {{"a", 64}}}}, "reserved a=64\n"},
    {"of two in one save the last counts", {{{}, {{"a", 128}, {"a", 64}}}}, "reserved a=64\n"},
    {"0 clears it", {{{{"a", 3}}, {{"a", 64}}}, {{}, {{"a", 0}}}}, "produced a=3\n"},
    {"0 clears what is not there", {{{}, {{"a", 0}}}}, ""},
    {"what was produced clears it", {{{{"a", 3}}, {{"a", 64}}}, {{{"a", 5}}, {{"a", 5}}}}, "produced a=5\n"},
    {"less than what was produced clears it", {{{{"a", 3}}, {{"a", 64}}}, {{}, {{"a", 2}}}}, "produced a=3\n"},
    {"production below it leaves it", {{{}, {{"a", 64}}}, {{{"a", 63}}, {}}}, "produced a=63\nreserved a=64\n"},
    {"production up to it ends it", {{{}, {{"a", 64}}}, {{{"a", 64}}, {}}}, "produced a=64\n"},
    {"one that ended does not come back", {{{}, {{"a", 64}}}, {{{"a", 64}}, {}}, {{{"a", 1}}, {}}}, "produced a=64\n"},
    {"channels do not disturb each other",
     {{{{"a", 1}}, {{"a", 64}, {"b", 32}}}, {{}, {{"b", 0}}}, {{}, {{"c", INT64_MAX}}}},
     "produced a=1\nreserved a=64\nreserved c=9223372036854775807\n"},
};

template <typename Kind>
void CheckCases() {
  for (const auto& [what, steps, text] : kCases) {
    BOOST_TEST_CONTEXT(what) {
      const TempDirectory directory;
      const std::string path = directory / "state";
      {
        const auto snapshotter = Kind::Open(path);
        snapshotter->Load(kProducer);
        for (const auto& [produced, reserved] : steps) {
          Changes changes;
          changes.produced = produced;
          changes.reserved = reserved;
          snapshotter->Save(changes);
        }
      }
      // Twice, for a file that was folded and one that was read from a journal are not the same.
      BOOST_TEST(Text(Kind::Open(path)->Load(kProducer)) == text);
      BOOST_TEST(Text(Kind::Open(path)->Load(kProducer)) == text);
    }
  }
}

template <typename Kind>
void CheckRefusals() {
  const TempDirectory directory;
  const auto snapshotter = Kind::Open(directory / "state");
  snapshotter->Load(kProducer);
  Changes changes;
  changes.reserved = {{"a", -1}};
  EXPECT_ERROR(snapshotter->Save(changes), Errc::kInvalidArgument);
  changes.reserved = {{"a\xFF", 1}};
  EXPECT_ERROR(snapshotter->Save(changes), Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_SUITE(reserved_ceilings)

BOOST_AUTO_TEST_CASE(P2_in_files) { CheckCases<FileSnapshotter>(); }
BOOST_AUTO_TEST_CASE(P2_in_sqlite) { CheckCases<SqliteSnapshotter>(); }

BOOST_AUTO_TEST_CASE(what_no_ceiling_can_be_is_refused) {
  CheckRefusals<FileSnapshotter>();
  CheckRefusals<SqliteSnapshotter>();
}

BOOST_AUTO_TEST_CASE(P2_a_ceiling_survives_a_process_that_died_without_closing) {
  const TempDirectory directory;
  const std::string path = directory / "state";
  const auto snapshotter = FileSnapshotter::Open(path);
  snapshotter->Load(kProducer);
  Changes changes;
  changes.reserved = {{"a", 64}};
  snapshotter->Save(changes);
  for (const char* suffix : {"", ".journal-1"}) WriteFile(directory / "copy" + suffix, ReadFile(path + suffix));
  BOOST_TEST(Text(FileSnapshotter::Open(directory / "copy")->Load(kProducer)) == "reserved a=64\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test

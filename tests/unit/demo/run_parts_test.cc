// The parts between the demo's processes: the files they hand over, and the processes themselves.

#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "examples/demo/child.h"
#include "examples/demo/gap_file.h"
#include "examples/demo/history_file.h"
#include "examples/demo/run_files.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  const fs::path folder = fs::temp_directory_path() / ("gapless_parts_" + std::to_string(getpid()));
  const std::string errors = (folder / "errors").string();

  Fixture() { fs::create_directories(folder); }
  ~Fixture() { fs::remove_all(folder); }
  std::string Path(const std::string& name) const { return (folder / name).string(); }
};

BOOST_FIXTURE_TEST_SUITE(run_parts, Fixture)

BOOST_AUTO_TEST_CASE(a_history_comes_back_with_sequences_and_tells_contents_apart) {
  const std::string a = R"({"sequence":9007199254740993,"payload":"a\n"})", b = R"({"sequence":2})", c = b + "\n";
  WriteHistory({a, b, c, b}, Path("history"));
  const auto read = ReadHistory(Path("history"));
  BOOST_REQUIRE_EQUAL(read.size(), 4U);
  BOOST_TEST(read[0].sequence == 9'007'199'254'740'993);
  BOOST_TEST(read[1].sequence == 2);
  BOOST_TEST(read[1].fingerprint != read[2].fingerprint);
  BOOST_TEST(read[1].fingerprint == read[3].fingerprint);
  WriteHistory({}, Path("history"));
  BOOST_TEST(ReadHistory(Path("history")).empty());
}

BOOST_AUTO_TEST_CASE(a_history_that_is_none_is_refused) {
  for (const std::string bytes :
       {"x\n", "5\n{}", "2\n{}\n", "14\n{\"sequence\":1}", "16\n{\"sequence\":\"1\"}\n", "3\n[1]\n"}) {
    std::ofstream(Path("history"), std::ios::binary) << bytes;
    BOOST_CHECK_THROW(ReadHistory(Path("history")), std::runtime_error);
  }
  BOOST_CHECK_THROW(ReadHistory(Path("nowhere")), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(R2_only_ranges_and_resets_count_as_reported_losses) {
  const auto gap = [](gapless::GapKind kind, std::int64_t first, std::int64_t last) {
    gapless::Gap told;
    told.kind = kind;
    told.first = first;
    told.last = last;
    return told;
  };
  AppendGap(Path("gaps"), gap(gapless::GapKind::kRange, 3, 5));
  AppendGap(Path("gaps"), gap(gapless::GapKind::kOpen, 6, 0));
  AppendGap(Path("gaps"), gap(gapless::GapKind::kNone, 6, 0));
  AppendGap(Path("gaps"), gap(gapless::GapKind::kReset, 1, 5));
  Evidence evidence;
  ReadGaps(Path("gaps"), evidence);
  BOOST_REQUIRE_EQUAL(evidence.reported_gaps.size(), 1U);
  BOOST_TEST(evidence.reported_gaps[0].first == 3);
  BOOST_TEST(evidence.reported_gaps[0].last == 5);
  BOOST_TEST(evidence.reported_resets == 1);

  Evidence none;
  ReadGaps(Path("nowhere"), none);
  BOOST_TEST(none.reported_gaps.empty());
}

BOOST_AUTO_TEST_CASE(a_run_folder_is_emptied_only_if_a_run_made_it) {
  const RunFiles files = PrepareRunFolder(Path("run"));
  std::ofstream(files.input()) << "old";
  PrepareRunFolder(Path("run"));
  BOOST_TEST(!fs::exists(files.input()));

  fs::create_directories(folder / "mine");
  PrepareRunFolder(Path("mine"));  // An empty one is free.
  fs::remove(folder / "mine" / ".gapless-demo");
  std::ofstream(folder / "mine" / "precious") << "mine";
  BOOST_CHECK_THROW(PrepareRunFolder(Path("mine")), std::runtime_error);
  BOOST_TEST(fs::exists(folder / "mine" / "precious"));
}

BOOST_AUTO_TEST_CASE(a_child_takes_commands_reports_and_tells_how_it_ended) {
  Child child({"sh", "-c", "read word; echo got $word; echo oops >&2; exit 3"}, errors);
  BOOST_TEST(!child.Ended());
  child.Send("hello");
  BOOST_TEST(child.AwaitEnd(60).value_or("") == "exit status 3");
  BOOST_TEST((child.TakeLines() == std::vector<std::string>{"got hello"}));
  BOOST_TEST(!child.Kill());
  std::ifstream file(errors);
  std::string line;
  BOOST_TEST(static_cast<bool>(std::getline(file, line)));
  BOOST_TEST(line == "oops");
}

BOOST_AUTO_TEST_CASE(a_kill_counts_only_if_it_was_the_end) {
  Child child({"sleep", "1000"}, errors);
  BOOST_TEST(child.Kill());
  BOOST_TEST(child.Ended().value_or("") == "signal 9");
  BOOST_CHECK_THROW(Child({"/no/such/program"}, errors), std::system_error);
}

BOOST_AUTO_TEST_CASE(no_child_outlives_its_object) {
  pid_t pid = 0;
  {
    Child child({"sh", "-c", "echo $$; exec sleep 1000"}, errors);
    std::vector<std::string> lines;
    while (lines.empty()) lines = child.TakeLines();
    pid = std::stoi(lines[0]);
    BOOST_TEST(kill(pid, 0) == 0);
  }
  BOOST_TEST(kill(pid, 0) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo

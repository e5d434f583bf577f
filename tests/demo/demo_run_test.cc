// Runs the demo as a user does: its own processes, real kills, and exit status and ledger as a script reads them.

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "examples/demo/child.h"
#include "examples/demo/line_splitter.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

constexpr double kPatience = 200;

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A folder of its own for each case, gone afterwards.
struct Fixture {
  const fs::path folder = fs::temp_directory_path() / ("gapless_demo_" + std::to_string(getpid()));
  const fs::path input = folder / "input";
  const fs::path out = folder / "out";
  std::string log;  ///< What the demo printed.

  Fixture() { fs::create_directories(folder); }
  ~Fixture() { fs::remove_all(folder); }

  void WriteInput(const std::string& bytes) const { std::ofstream(input, std::ios::binary) << bytes; }

  /// Runs the demo to its end and returns how it ended.
  std::string Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), GAPLESS_DEMO);
    arguments.insert(arguments.end(), {"--out", out.string()});
    Child child(arguments, (folder / "stderr").string());
    // The demo prints little; what it says fits into the pipe until it is read.
    const auto ended = child.AwaitEnd(kPatience);
    log.clear();
    for (const std::string& line : child.TakeLines()) log += line + "\n";
    log += Slurp(folder / "stderr");
    return ended.value_or("no end within " + std::to_string(kPatience) + " s");
  }

  nlohmann::json Ledger() const { return nlohmann::json::parse(Slurp(out / "ledger.json")); }
};

std::string PackageLines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines +=
        "2025-06-24 14:36:25 status half-configured lib" + std::to_string(i) + ":amd64 1." + std::to_string(i) + "\n";
  }
  return lines;
}

/// Everything that a line can be.
std::string StrangeLines() {
  std::string bytes = PackageLines(60);
  bytes += "\n\n\n";
  bytes += "crlf\r\nlone cr\rinside\r\r\n";
  bytes += std::string("nul \0 inside\n", 13);
  bytes +=
      "latin1 gr\xfc\xdf"
      "e\ncut off \xf0\x9f\x98\n\xff\xfe\n";
  bytes += "grüße 😀 \xe2\x80\xa8 <b>&\"\\\"</b>\t\x01\x1f\x7f\n";
  bytes += std::string(3 * kMaxPartBytes + 17, '<') + "\n";
  bytes += std::string(100'000, '\x01') + "\n";
  bytes += std::string(70'000, '\x80') + "\n";
  for (int i = 0; i < 20'000; ++i) bytes += "€";
  bytes += "\n" + PackageLines(60);
  bytes += "the last line has no newline";
  return bytes;
}

BOOST_FIXTURE_TEST_SUITE(demo_run, Fixture)

BOOST_AUTO_TEST_CASE(P4_R3_every_byte_arrives_once_through_kills_and_cuts) {
  WriteInput(StrangeLines());
  const std::string ended = Run({"--input", input.string(), "--seed", "7"});
  BOOST_REQUIRE_MESSAGE(ended == "exit status 0", ended << "\n" << log);
  BOOST_TEST((Slurp(out / "run" / "received") == Slurp(input)));
  const auto ledger = Ledger();
  BOOST_TEST(ledger["published"].get<std::int64_t>() == CountParts(input.string()));
  BOOST_TEST(ledger["delivered"] == ledger["published"]);
  for (const char* fault : {"lost", "duplicated", "out_of_order", "unreported_gaps"}) BOOST_TEST(ledger[fault] == 0);
  for (const char* blow : {"publisher_kills", "subscriber_kills", "connection_cuts"}) BOOST_TEST(ledger[blow] >= 5);
  BOOST_TEST(ledger["seed"] == 7);
  BOOST_TEST(log.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(even_a_single_line_gets_all_its_blows) {
  WriteInput("alone");
  const std::string ended = Run({"--input", input.string(), "--seed", "1"});
  BOOST_TEST(ended == "exit status 0", ended << "\n" << log);
  BOOST_TEST(Slurp(out / "run" / "received") == "alone");
}

BOOST_AUTO_TEST_CASE(the_ledger_catches_every_sabotage_and_names_the_promise) {
  WriteInput(PackageLines(200));
  const struct {
    std::string sabotage, count, promise;
    int expected;
  } cases[] = {{"drop", "lost", "BROKEN R2", 1},
               {"duplicate", "duplicated", "BROKEN R3", 1},
               {"reorder", "out_of_order", "BROKEN R1", 1},
               {"corrupt", "lost", "BROKEN R3", 0}};
  for (const auto& test : cases) {
    const std::string ended = Run({"--input", input.string(), "--seed", "3", "--sabotage", test.sabotage});
    BOOST_TEST(ended == "exit status 1", test.sabotage << ": " << ended << "\n" << log);
    BOOST_TEST(log.find(test.promise) != std::string::npos, test.sabotage << ": " << log);
    BOOST_TEST(log.find("differs from the input") != std::string::npos, test.sabotage << ": " << log);
    const auto ledger = Ledger();
    for (const char* fault : {"lost", "duplicated", "out_of_order"}) {
      BOOST_TEST(ledger[fault].get<int>() == (fault == test.count ? test.expected : 0), test.sabotage << " " << fault);
    }
    BOOST_TEST(ledger["unreported_gaps"].get<int>() == (test.sabotage == "drop" ? 1 : 0), test.sabotage);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_shipped_is_told_and_leaves_no_ledger) {
  WriteInput("");
  BOOST_TEST(Run({"--input", input.string()}) == "exit status 2");
  BOOST_TEST(log.find("is empty") != std::string::npos, log);
  BOOST_TEST(Run({"--input", (folder / "nowhere").string()}) == "exit status 2");
  BOOST_TEST(log.find("cannot read") != std::string::npos, log);
  BOOST_TEST(Run({"--input", folder.string()}) == "exit status 2");
  BOOST_TEST(Run({"--seed", "many"}) == "exit status 2");
  BOOST_TEST(!fs::exists(out / "ledger.json"));
}

BOOST_AUTO_TEST_CASE(a_folder_with_files_of_others_is_left_alone) {
  WriteInput("a\n");
  fs::create_directories(out / "run");
  std::ofstream(out / "run" / "precious") << "mine";
  BOOST_TEST(Run({"--input", input.string()}) != "exit status 0");
  BOOST_TEST(Slurp(out / "run" / "precious") == "mine");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo

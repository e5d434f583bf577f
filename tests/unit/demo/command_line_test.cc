#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "examples/demo/input.h"
#include "examples/demo/options.h"
#include "examples/demo/progress.h"

namespace demo {
namespace {

using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(nothing_said_is_the_package_log_with_a_random_seed) {
  const Options options = ParseOptions({});
  BOOST_TEST(options.input.empty());
  BOOST_TEST(options.out == "build/demo");
  BOOST_TEST(!options.seed);
  BOOST_TEST((options.sabotage == Sabotage::kNone));
}

BOOST_AUTO_TEST_CASE(values_follow_a_space_or_an_equals_sign) {
  for (const Strings& arguments : {Strings{"--input", "-", "--seed", "18446744073709551615", "--out", "x"},
                                   Strings{"--input=-", "--seed=18446744073709551615", "--out=x"}}) {
    const Options options = ParseOptions(arguments);
    BOOST_TEST(options.input == "-");
    BOOST_TEST(options.seed.value() == 18'446'744'073'709'551'615U);
    BOOST_TEST(options.out == "x");
  }
  BOOST_TEST(ParseOptions({"--help"}).help);
  for (const auto sabotage : {Sabotage::kDrop, Sabotage::kDuplicate, Sabotage::kReorder, Sabotage::kCorrupt}) {
    BOOST_TEST((ParseOptions({"--sabotage", std::string(ToString(sabotage))}).sabotage == sabotage));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_is_refused) {
  for (const Strings& arguments :
       {Strings{"--seed"}, Strings{"--seed", "x"}, Strings{"--seed", "-1"}, Strings{"--seed", "1x"},
        Strings{"--seed", "18446744073709551616"}, Strings{"--seed="}, Strings{"file"}, Strings{"--unknown", "1"},
        Strings{"--sabotage", "everything"}}) {
    BOOST_CHECK_THROW(ParseOptions(arguments), UsageError);
  }
}

BOOST_AUTO_TEST_CASE(rotated_logs_come_oldest_first) {
  BOOST_TEST((OrderRotated({"dpkg.log", "dpkg.log.10.gz", "alternatives.log", "dpkg.log.2.gz", "dpkg.log.1"},
                           "dpkg.log") == Strings{"dpkg.log.10.gz", "dpkg.log.2.gz", "dpkg.log.1", "dpkg.log"}));
  BOOST_TEST((OrderRotated({"dpkg.log.1"}, "dpkg.log") == Strings{"dpkg.log.1"}));
  BOOST_TEST(OrderRotated({}, "dpkg.log").empty());
  BOOST_TEST(OrderRotated({"dpkg.log.", "dpkg.log.gz", "dpkg.log.x", "dpkg.log.1.xz", "dpkg.log.0", "dpkg.log2",
                           "dpkg.log.1.gz.gz", "xdpkg.log"},
                          "dpkg.log")
                 .empty());
  // A log that is being packed.
  BOOST_TEST((OrderRotated({"dpkg.log.2", "dpkg.log.2.gz"}, "dpkg.log") == Strings{"dpkg.log.2"}));
  BOOST_TEST((OrderRotated({"dpkg.log.2.gz", "dpkg.log.2"}, "dpkg.log") == Strings{"dpkg.log.2"}));
}

BOOST_AUTO_TEST_CASE(the_live_line_fits_a_narrow_terminal) {
  const Standing small{1, 0, 0, 0, 0, 0, 0};
  const Standing large{999'999'999, 999'999'999, 999'999'999, 8, 8, 8, 12'345.6};
  for (const Standing& standing : {small, large, Standing{}}) BOOST_TEST(LiveLine(standing).size() <= 79U);
  BOOST_TEST(LiveLine({100, 60, 50, 1, 2, 3, 4.56}) ==
             "[#######.......] 60 out, 50 in, of 100  kills 1+2 cuts 3  4.6 s");
}

BOOST_AUTO_TEST_CASE(plain_progress_has_a_line_per_event_and_tenth_and_no_escapes) {
  std::ostringstream out;
  Progress progress(out, Progress::Style::kPlain);
  for (std::int64_t i = 0; i <= 100; ++i) progress.Update({100, i, i, 0, 0, 0, 0.5});
  progress.Event({100, 100, 100, 1, 0, 0, 0.7}, "killed the publisher");
  progress.End({100, 100, 100, 1, 0, 0, 0.7});
  const std::string text = out.str();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 11);
  BOOST_TEST(text.find("0.7 s  killed the publisher (100 out, 100 in, of 100)\n") != std::string::npos);
  BOOST_TEST(text.find_first_of("\r\x1b") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(live_progress_stays_on_one_line_until_its_end) {
  std::ostringstream out;
  Progress progress(out, Progress::Style::kLive);
  for (int i = 0; i <= 100; ++i) progress.Update({100, i, i, 0, 0, 0, i * 0.05});
  progress.Event({100, 100, 100, 1, 0, 0, 6}, "killed the publisher");
  BOOST_TEST(out.str().find('\n') == std::string::npos);
  progress.End({100, 100, 100, 1, 0, 0, 6});
  BOOST_TEST(out.str().back() == '\n');
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo

#include "hub/server/emulation.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace gapless::hub {

BOOST_AUTO_TEST_SUITE(hub_emulation)

BOOST_AUTO_TEST_CASE(S15_who_gets_which_commands_and_which_answer) {
  struct Case {
    std::string body;
    unsigned status;
    const char* session;
    const char* commands;
  };
  const Case cases[] = {
      {R"({"session":"s","node":"n","data":"{}\n{\"id\":2}"})", 204, "s", "{}\n{\"id\":2}"},
      {R"({"node":"n","data":"{}"})", 204, "", "{}"},
      {R"({"session":"s","node":"n"})", 204, "s", ""},
      {R"({"session":"s","node":"n","data":{"id":2}})", 204, "s", ""},
      {R"({"session":7,"node":"n","data":"{}"})", 204, "", "{}"},
      {R"({"session":"s","node":"m","data":"{}"})", 404, "", ""},
      {R"({"session":"s","data":"{}"})", 404, "", ""},
      {"{}", 404, "", ""},
      {"", 400, "", ""},
      {"[]", 400, "", ""},
      {"{", 400, "", ""},
      {std::string(60'000, '['), 400, "", ""},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.body.substr(0, 80)) {
      const EmulatedCommands read = ReadEmulation(one.body, "n");
      BOOST_TEST(read.status == one.status);
      BOOST_TEST(read.session == one.session);
      BOOST_TEST(read.commands == one.commands);
    }
  }
}

BOOST_AUTO_TEST_CASE(S15_frames_become_lines_or_events) {
  BOOST_TEST(InFormat(StreamFormat::kLines, "{}") == "{}\n");
  BOOST_TEST(InFormat(StreamFormat::kLines, "{}\n{\"a\":1}") == "{}\n{\"a\":1}\n");
  BOOST_TEST(InFormat(StreamFormat::kEvents, "{}") == "data: {}\n\n");
  BOOST_TEST(InFormat(StreamFormat::kEvents, "{}\n{\"a\":1}") == "data: {}\n\ndata: {\"a\":1}\n\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::hub

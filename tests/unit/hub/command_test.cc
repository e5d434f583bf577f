#include "hub/server/command.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace gapless::hub;
using Result = CommandReader::Result;

// The commands of a frame, and how reading it ended.
struct ReadFrame {
  explicit ReadFrame(std::string_view frame) {
    CommandReader reader(frame);
    Command command;
    while ((end = reader.Next(command)) == Result::kCommand) commands.push_back(command);
  }
  std::vector<Command> commands;
  Result end = Result::kMalformed;
};

template <class Body>
Body Only(std::string_view frame) {
  const ReadFrame read(frame);
  BOOST_TEST_REQUIRE(read.commands.size() == 1U);
  BOOST_TEST((read.end == Result::kEnd));
  BOOST_TEST_REQUIRE(std::holds_alternative<Body>(read.commands[0].body));
  return std::get<Body>(read.commands[0].body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_reader)

BOOST_AUTO_TEST_CASE(every_command_is_recognised) {
  struct Case {
    const char* text;
    std::size_t alternative;
  };
  const Case cases[] = {
      {R"({"id":1,"connect":{}})", 0},
      {R"({"id":1,"ping":{}})", 1},
      {R"({"id":1,"subscribe":{}})", 2},
      {R"({"id":1,"unsubscribe":{}})", 3},
      {R"({"id":1,"publish":{}})", 4},
      {R"({"id":1,"presence":{}})", 5},
      {R"({"id":1,"presence_stats":{}})", 6},
      {R"({"id":1,"history":{}})", 7},
      {R"({"id":1,"rpc":{}})", 8},
      {R"({"send":{}})", 9},
      {R"({"id":1,"send":{}})", 9},
      {R"({"id":1,"refresh":{}})", 10},
      {R"({"id":1,"sub_refresh":{}})", 11},
      {R"({})", 12},
      {R"({"publish":{"channel":"c"}})", 12},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.text) {
      const ReadFrame read(one.text);
      BOOST_TEST_REQUIRE(read.commands.size() == 1U);
      BOOST_TEST(read.commands[0].body.index() == one.alternative);
    }
  }
}

BOOST_AUTO_TEST_CASE(fields_are_read_in_any_order_and_exactly) {
  const auto subscribe = Only<SubscribeCommand>(
      R"({"subscribe":{"offset":18446744073709551615,"token":"t","recover":true,"join_leave":true,"flag":3,)"
      R"("delta":"fossil","epoch":"kQzA","data":[1],"channel":"c\u0041","positioned":true,"recoverable":false},"id":4294967295})");
  BOOST_TEST(subscribe.channel == "cA");
  BOOST_TEST(subscribe.recover);
  BOOST_TEST(subscribe.position.offset == UINT64_MAX);
  BOOST_TEST(subscribe.position.epoch == "kQzA");
  BOOST_TEST(subscribe.delta == "fossil");
  BOOST_TEST(subscribe.flag == 3);

  const auto history = Only<HistoryCommand>(
      R"({"id":1,"history":{"channel":"c","limit":-1,"reverse":true,"since":{"offset":7,"epoch":"e"}}})");
  BOOST_TEST(history.limit == -1);
  BOOST_TEST(history.reverse);
  BOOST_TEST_REQUIRE(history.since.has_value());
  BOOST_TEST((*history.since == gapless::Position{7, "e"}));
  BOOST_TEST(!Only<HistoryCommand>(R"({"id":1,"history":{"channel":"c"}})").since.has_value());
  BOOST_TEST(!Only<HistoryCommand>(R"({"id":1,"history":{"channel":"c","since":null}})").since.has_value());
}

BOOST_AUTO_TEST_CASE(data_keeps_its_bytes) {
  for (const char* data : {"null", "0", "\"\"", "{ \"a\" : 1 , \"a\":2 }", "1e400", "12345678901234567890123",
                           R"("\ud800 \/ \u003c")", "[[[]]]"}) {
    const std::string frame = std::string(R"({"id":1,"publish":{"channel":"c","data": )") + data + " }}";
    const auto publish = Only<PublishCommand>(frame);
    BOOST_TEST(publish.data == data);
  }
  BOOST_TEST(Only<PublishCommand>(R"({"id":1,"publish":{"channel":"c"}})").data.empty());
}

BOOST_AUTO_TEST_CASE(several_commands_stand_on_lines) {
  struct Case {
    const char* name;
    std::string frame;
    std::size_t commands;
    Result end;
  };
  const std::string one = R"({"id":1,"publish":{"channel":"c","data":1}})";
  const Case cases[] = {
      {"one", one, 1, Result::kEnd},
      {"one and a newline", one + "\n", 1, Result::kEnd},
      {"two", one + "\n" + one, 2, Result::kEnd},
      {"carriage returns and spaces around", " " + one + " \r\n\t" + one + "\r\n", 2, Result::kEnd},
      {"two newlines at the end", one + "\n\n", 1, Result::kMalformed},
      {"a blank line between", one + "\n\n" + one, 1, Result::kMalformed},
      {"nothing", "", 0, Result::kMalformed},
      {"a newline", "\n", 0, Result::kMalformed},
      {"spaces", "  ", 0, Result::kMalformed},
      {"two on one line: the second vanishes", one + one, 1, Result::kEnd},
      {"an object over two lines", "{\"id\":1,\n\"publish\":{}}", 0, Result::kMalformed},
      {"garbage in the second line", one + "\nhello", 1, Result::kMalformed},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      const ReadFrame read(test.frame);
      BOOST_TEST(read.commands.size() == test.commands);
      BOOST_TEST((read.end == test.end));
    }
  }
}

BOOST_AUTO_TEST_CASE(null_and_unknown_members_are_passed_over) {
  BOOST_TEST(
      Only<PresenceCommand>(R"({"id":1,"x":[{}],"connect":null,"presence":{"y":{"z":[]},"channel":"c"}})").channel ==
      "c");
  BOOST_TEST(Only<PresenceCommand>(R"({"id":1,"presence":{"channel":null}})").channel.empty());
}

BOOST_AUTO_TEST_CASE(of_two_commands_in_one_object_the_first_in_the_servers_order_counts) {
  BOOST_TEST(Only<SubscribeCommand>(R"({"id":1,"publish":{"channel":"p"},"subscribe":{"channel":"s"}})").channel ==
             "s");
  BOOST_TEST(Only<SubscribeCommand>(R"({"id":1,"subscribe":{"channel":"s"},"publish":{"channel":"p"}})").channel ==
             "s");
}

BOOST_AUTO_TEST_CASE(S2_what_is_malformed_is_no_command) {
  const std::string deep = R"({"id":1,"publish":{"channel":"c","data":)" + std::string(100'000, '[');
  const std::string closed = deep + std::string(100'000, ']') + "}}";
  const std::string cases[] = {
      deep,
      closed,
      "null",
      "[]",
      "17",
      "{",
      R"({"id":1})",
      R"({"id":1,"connect":null})",
      R"({"id":1,"nonsense":{}})",
      R"({"id":"1","connect":{}})",
      R"({"id":-1,"connect":{}})",
      R"({"id":1.0,"connect":{}})",
      R"({"id":1e0,"connect":{}})",
      R"({"id":4294967296,"connect":{}})",
      R"({"id":18446744073709551616,"connect":{}})",
      R"({"id":true,"connect":{}})",
      R"({"id":01,"connect":{}})",
      R"({"id":1,"id":1,"connect":{}})",
      R"({"id":1,"connect":{},"connect":{}})",
      R"({"id":1,"connect":[]})",
      R"({"id":1,"connect":1})",
      R"({"id":1,"connect":{"name":1}})",
      R"({"id":1,"connect":{"name":"a","name":"b"}})",
      R"({"id":1,"subscribe":{"channel":7}})",
      R"({"id":1,"subscribe":{"channel":"c","recover":1}})",
      R"({"id":1,"subscribe":{"channel":"c","offset":-1}})",
      R"({"id":1,"subscribe":{"channel":"c","offset":1.5}})",
      R"({"id":1,"subscribe":{"channel":"c","offset":"1"}})",
      R"({"id":1,"subscribe":{"channel":"c","offset":18446744073709551616}})",
      R"({"id":1,"history":{"channel":"c","limit":2147483648}})",
      R"({"id":1,"history":{"channel":"c","limit":1e3}})",
      R"({"id":1,"history":{"channel":"c","since":[]}})",
      R"({"id":1,"history":{"channel":"c","since":{"offset":1,"offset":2}}})",
      R"({"id":1,"publish":{"channel":"c","data":}})",
      R"({"id":1,"publish":{"channel":"c","data":nul}})",
      R"({"id":1,"publish":{"channel":"c","data":[1,]}})",
      R"({"id":1,"publish":{"channel":"c","data":"\x"}})",
      R"({"id":1,"publish":{"channel":"c" "data":1}})",
      R"({"id":1,"publish":{"channel":"c","data":1,}})",
      "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":\"\xFF\"}}",
      "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":\"\t\"}}",
      std::string("{\"id\":1,\"connect\":{}\0}", 22),
  };
  for (const std::string& text : cases) {
    BOOST_TEST_CONTEXT(text.substr(0, 80)) {
      const ReadFrame read(text);
      BOOST_TEST(read.commands.empty());
      BOOST_TEST((read.end == Result::kMalformed));
    }
  }
}

// Every beginning of a valid frame, and the frame with each byte replaced: an answer, never a crash.
BOOST_AUTO_TEST_CASE(torn_and_garbled_frames_are_answered) {
  const std::string frame =
      R"({"id":7,"history":{"channel":"c\u00e9","limit":-5,"since":{"offset":3,"epoch":"e"},"reverse":false}})";
  for (std::size_t length = 0; length < frame.size(); ++length) {
    BOOST_TEST((ReadFrame(frame.substr(0, length)).end == Result::kMalformed));
  }
  std::size_t understood = 0;
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (const char byte : {'\0', '"', '{', '}', '\\', '9', 'x', '\xC3', '\n'}) {
      std::string garbled = frame;
      garbled[at] = byte;
      understood += ReadFrame(garbled).commands.size();
    }
  }
  BOOST_TEST(understood > 0U);
}

BOOST_AUTO_TEST_CASE(json_values_are_told_from_other_bytes) {
  for (const char* json : {"1", " {\"a\": [] } ", "\"\xC3\xA9\"", "{\n\"a\":1\n}"}) BOOST_TEST(IsJsonValue(json));
  for (const char* other : {"", " ", "1 2", "{", "hello", "\"\xC3\"", "\"a\nb\"", "NaN"})
    BOOST_TEST(!IsJsonValue(other));
}

BOOST_AUTO_TEST_SUITE_END()

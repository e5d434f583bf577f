#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "transport/centrifuge/codec.h"

namespace gapless::centrifuge {
namespace {

using namespace std::string_literals;

std::string Show(const std::vector<Publication>& publications) {
  std::string text = "[";
  for (const Publication& publication : publications) {
    text += std::to_string(publication.offset) + ":" + publication.data + " ";
  }
  return text + "]";
}

std::string Show(const TokenLife& life) {
  return life == TokenLife{} ? std::string() : (life.expires ? " expires=" : " ttl=") + std::to_string(life.ttl);
}

/// A message as one line, with everything that was read.
struct Shower {
  std::string operator()(const Ping&) const { return "ping"; }
  std::string operator()(const Reply& reply) const {
    return std::to_string(reply.id) + " " + std::visit(*this, reply.body);
  }
  std::string operator()(const ServerError& error) const {
    return "error " + std::to_string(error.code) + " " + error.message + (error.temporary ? " temporary" : "");
  }
  std::string operator()(const ConnectResult& result) const {
    std::string text = "connect " + result.client + " ping=" + std::to_string(result.ping);
    if (result.pong) text += " pong";
    for (const auto& [channel, subscription] : result.server_side) {
      text += " +" + channel + " " + std::to_string(subscription.position.offset) + Show(subscription.publications);
    }
    return text + Show(result.life);
  }
  std::string operator()(const SubscribeResult& result) const {
    return "subscribe "s + (result.recoverable ? "recoverable " : "") + (result.recovered ? "recovered " : "") +
           std::to_string(result.position.offset) + "@" + result.position.epoch + " " + Show(result.publications) +
           Show(result.life) +
           (result.publish_debounce == 0 ? "" : " debounce=" + std::to_string(result.publish_debounce));
  }
  std::string operator()(const RefreshResult& result) const { return "refresh" + Show(result.life); }
  std::string operator()(const UnsubscribeReply&) const { return "unsubscribe"; }
  std::string operator()(const PublishReply& reply) const {
    return reply.position ? "publish with position" : "publish";
  }
  std::string operator()(const PresenceReply& reply) const {
    std::string text = "presence";
    for (const Presence& member : reply.members) {
      text += " " + member.client_id + "/" + member.user_id + "/" + member.info;
    }
    return text;
  }
  std::string operator()(const HistoryReply& reply) const {
    return "history " + std::to_string(reply.top.offset) + "@" + reply.top.epoch + " " + Show(reply.publications);
  }
  std::string operator()(const PublicationPush& push) const {
    return "pub " + push.channel + " " + Show({push.publication});
  }
  std::string operator()(const PresenceStatsReply& reply) const {
    return "stats " + std::to_string(reply.stats.clients) + " " + std::to_string(reply.stats.users);
  }
  std::string operator()(const RpcReply& reply) const { return "rpc " + reply.data; }
  std::string operator()(const PresencePush& push) const {
    return (push.joined ? "join " : "leave ") + push.channel + " " + push.member.client_id + "/" + push.member.user_id +
           "/" + push.member.info;
  }
  std::string operator()(const SubscribePush& push) const {
    return "subscribed " + push.channel + " " + std::to_string(push.position.offset) + "@" + push.position.epoch +
           (push.recoverable ? " recoverable" : "");
  }
  std::string operator()(const MessagePush& push) const { return "message " + push.data; }
  std::string operator()(const UnsubscribePush& push) const {
    return "unsubscribed " + push.channel + " " + std::to_string(push.code) + " " + push.reason;
  }
  std::string operator()(const DisconnectPush& push) const {
    return "disconnected " + std::to_string(push.code) + " " + push.reason;
  }
  std::string operator()(const RefreshPush& push) const { return "pushed refresh" + Show(push.life); }
  std::string operator()(const OtherPush& push) const { return "other push " + push.kind; }
  std::string operator()(const Unusable& unusable) const {
    return "unusable "s + (unusable.is_push ? "push" : std::to_string(unusable.id)) + ": " + unusable.why;
  }
};

using Lines = std::vector<std::string>;

Lines Decode(const std::string& frame) {
  Decoder decoder;
  const DecodedFrame decoded = decoder.Decode(frame);
  Lines lines;
  for (const Message& message : decoded.messages) lines.push_back(std::visit(Shower(), message));
  if (!decoded.broken.empty()) lines.emplace_back("broken");
  return lines;
}

std::string DecodeOne(const std::string& frame) {
  const Lines lines = Decode(frame);
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
}

// From the protocol's specification, sections 2 and 3: what Centrifugo sends.
const std::pair<const char*, const char*> kGolden[] = {
    {R"({"id":1,"connect":{"client":"c-1","version":"6.9.1 OSS","ping":25,"pong":true,"expires":true,"ttl":300,"subs":{"#42":{"recoverable":true,"positioned":true,"epoch":"kQzA","offset":9,"recovered":true,"was_recovering":true,"publications":[{"data":{"n":1},"offset":10}]}}}})",
     R"(1 connect c-1 ping=25 pong +#42 9[10:{"n":1} ] expires=300)"},
    {R"({"id":1,"connect":{}})", "1 connect  ping=0"},
    {R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"kQzA","offset":5,"was_recovering":true,"recovered":true,"publications":[{"data":{"t":"hi"},"offset":6}]}})",
     R"(2 subscribe recoverable recovered 5@kQzA [6:{"t":"hi"} ])"},
    {R"({"id":2,"subscribe":{}})", "2 subscribe 0@ []"},
    {R"({"id":3,"publish":{}})", "3 publish"},
    {R"({"id":4,"presence":{"presence":{"c-1":{"user":"42","client":"c-1","conn_info":{"n":"Al"}}}}})",
     R"(4 presence c-1/42/{"n":"Al"})"},
    {R"({"id":4,"presence":{"presence":{"c-1":{"user":"","client":"c-1","conn_info":1,"chan_info":[2]},"c-2":{}}}})",
     "4 presence c-1//[2] c-2//"},
    {R"({"id":6,"history":{"publications":[{"data":2,"offset":6},{"data":1,"offset":5}],"epoch":"kQzA","offset":6}})",
     "6 history 6@kQzA [6:2 5:1 ]"},
    {R"({"id":10,"unsubscribe":{}})", "10 unsubscribe"},
    {R"({"id":7,"error":{"code":103,"message":"permission denied"}})", "7 error 103 permission denied"},
    {R"({"id":8,"error":{"code":100,"message":"internal server error","temporary":true}})",
     "8 error 100 internal server error temporary"},
    {R"({"push":{"channel":"chat:1","pub":{"data":{"t":"hi"},"offset":7,"info":{"user":"42","client":"c-9"},"tags":{"lang":"en"}}}})",
     R"(pub chat:1 [7:{"t":"hi"} ])"},
    {R"({"id":1,"connect":{"client":"c-1","version":"6.9.6 OSS","expires":true,"ttl":300}})",
     "1 connect c-1 ping=0 expires=300"},
    {R"({"id":2,"subscribe":{"expires":true,"ttl":60,"recoverable":true,"epoch":"kQzA","offset":5}})",
     "2 subscribe recoverable 5@kQzA [] expires=60"},
    {R"({"id":2,"subscribe":{"publish_debounce":250}})", "2 subscribe 0@ [] debounce=250"},
    {R"({"id":3,"refresh":{"client":"c-1","version":"6","expires":true,"ttl":30}})", "3 refresh expires=30"},
    {R"({"id":3,"refresh":{}})", "3 refresh"},
    {R"({"id":4,"sub_refresh":{"expires":true,"ttl":4294967295}})", "4 refresh expires=4294967295"},
    {R"({"id":4,"sub_refresh":null})", "4 refresh"},
    {R"({"push":{"refresh":{"expires":true,"ttl":15}}})", "pushed refresh expires=15"},
    {R"({"push":{"channel":"chat:1","join":{"info":{"user":"7","client":"c-2"}}}})", "join chat:1 c-2/7/"},
    {R"({"push":{"channel":"chat:1","leave":{"info":{"user":"7","client":"c-2","conn_info":{"n":1}}}}})",
     R"(leave chat:1 c-2/7/{"n":1})"},
    {R"({"push":{"channel":"#42","subscribe":{"recoverable":true,"positioned":true,"epoch":"kQzA","offset":3}}})",
     "subscribed #42 3@kQzA recoverable"},
    {R"({"id":5,"presence_stats":{"num_clients":1,"num_users":2}})", "5 stats 1 2"},
    {R"({"id":7,"rpc":{"data":{"a": [3]}}})", R"(7 rpc {"a": [3]})"},
    {R"({"id":7,"rpc":{}})", "7 rpc "},
    {R"({"push":{"channel":"chat:1","unsubscribe":{"code":2500,"reason":"insufficient state"}}})",
     "unsubscribed chat:1 2500 insufficient state"},
    {R"({"push":{"message":{"data":{"hello":1}}}})", R"(message {"hello":1})"},
    {R"({"push":{"disconnect":{"code":3001,"reason":"shutdown"}}})", "disconnected 3001 shutdown"},
    {"{}", "ping"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_decoder)

BOOST_AUTO_TEST_CASE(GoldenFramesOfTheSpecification) {
  for (const auto& [frame, expected] : kGolden) BOOST_TEST(DecodeOne(frame) == expected);
}

BOOST_AUTO_TEST_CASE(C2_FramesHoldManyMessagesOnLinesOfTheirOwn) {
  const Lines expected{"ping", "3 publish", "2 publish", "pub c [1:1 ]"};
  const std::string messages[] = {"{}", R"({"id":3,"publish":{}})", R"({"id":2,"publish":{}})",
                                  R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})"};
  for (const char* between : {"\n", "\r\n", "\n\n", " \t\n\n\r\n \n"}) {
    for (const char* after : {"", "\n", "\n\n", "  \n "}) {
      std::string frame;
      for (const std::string& message : messages) frame += (frame.empty() ? "" : between) + message;
      BOOST_TEST(Decode(frame + after) == expected);
    }
  }
  for (const char* blank : {"", "\n", " ", "\n\n\r\n \n"}) BOOST_TEST(Decode(blank) == Lines{});
}

BOOST_AUTO_TEST_CASE(PublicationBytesAreTheBytesThatWereSent) {
  const std::string data[] = {
      "null",
      "0",
      "-0.0",
      "1e400",
      "123456789012345678901234567890",
      "\"\"",
      "false",
      "true",
      "{}",
      "[]",
      R"({"a":1,"a":2})",
      R"("\ud800 lone")",
      R"({ "spaced" : [ 1 , 2 ] })",
      "\"\xC3\xA4\xF0\x9F\x98\x80\"",
      R"("\u0000\"\\\/")",
      "[[[[[[[[[[]]]]]]]]]]",
      R"({"offset":9,"channel":"x","push":{}})",
      "\"}{][,:\"",
      "12.50",
      std::string(9'000, '[') + std::string(9'000, ']'),
      "\"" + std::string(70'000, 'x') + "\"",
  };
  for (const std::string& bytes : data) {
    for (const char* space : {"", " ", "\t \r"}) {
      const std::string value = space + bytes + space;
      BOOST_TEST(DecodeOne("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + value + ",\"offset\":1}}}") ==
                 "pub c [1:" + bytes + " ]");
      BOOST_TEST(DecodeOne("{\"push\":{\"pub\":{\"offset\":1,\"data\":" + value + "},\"channel\":\"c\"}}") ==
                 "pub c [1:" + bytes + " ]");
      BOOST_TEST(DecodeOne("{\"history\":{\"publications\":[{\"data\":" + value + "},{\"data\":" + value +
                           "}]},\"id\":9}") == "9 history 0@ [0:" + bytes + " 0:" + bytes + " ]");
    }
  }
}

BOOST_AUTO_TEST_CASE(C27_IntegersAreExactToTheirLastBit) {
  const std::pair<const char*, const char*> offsets[] = {
      {"0", "0"},
      {"9007199254740993", "9007199254740993"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"null", "0"},
  };
  for (const auto& [text, expected] : offsets) {
    BOOST_TEST(DecodeOne("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":"s + text + "}}}") ==
               "pub c ["s + expected + ":1 ]");
    BOOST_TEST(DecodeOne("{\"id\":1,\"subscribe\":{\"offset\":"s + text + "}}") == "1 subscribe "s + expected + "@ []");
  }
  for (const char* text : {"18446744073709551616", "-1", "-0", "1.0", "1e2", "\"1\"", "true", "{}", "[1]", "01", "+1",
                           "99999999999999999999999999999999", "1a"}) {
    BOOST_TEST_CONTEXT(text) {
      const Lines lines = Decode("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":"s + text + "}}}");
      BOOST_TEST_REQUIRE(lines.size() == 1);
      BOOST_TEST((lines[0] == "broken" || lines[0].starts_with("unusable push")));
    }
  }
  BOOST_TEST(DecodeOne(R"({"id":4294967295,"publish":{}})") == "4294967295 publish");
  BOOST_TEST(DecodeOne(R"({"id":4294967296,"publish":{}})") == "unusable 0: \"id\" is above 2^32 - 1");
}

BOOST_AUTO_TEST_CASE(C3_UnknownFieldsAreSkippedWhereverTheyAre) {
  BOOST_TEST(DecodeOne(R"({"new":[{"x":{}}],"id":3,"publish":{"new":[1,[2]],"also":{"data":1}},"last":"x"})") ==
             "3 publish");
  BOOST_TEST(
      DecodeOne(
          R"({"push":{"new":{"channel":"no"},"channel":"c","pub":{"time":1,"data":5,"tags":{"a":"b"},"offset":2}}})") ==
      "pub c [2:5 ]");
  BOOST_TEST(DecodeOne(R"({"id":2,"subscribe":{"data":{"offset":7},"offset":1,"expires":true,"ttl":5}})") ==
             "2 subscribe 1@ [] expires=5");
  BOOST_TEST(DecodeOne(R"({"push":{"brand_new":{"a":1}}})") == "other push brand_new");
  BOOST_TEST(DecodeOne(R"({"push":{}})") == "other push ");
}

BOOST_AUTO_TEST_CASE(NullReadsAsAbsent) {
  BOOST_TEST(DecodeOne(R"({"id":2,"error":{"code":null,"message":null,"temporary":null}})") == "2 error 0 ");
  BOOST_TEST(DecodeOne(R"({"id":2,"subscribe":{"publications":null,"epoch":null,"recovered":null}})") ==
             "2 subscribe 0@ []");
  BOOST_TEST(DecodeOne(R"({"id":2,"history":null})") == "2 history 0@ []");
  BOOST_TEST(DecodeOne(R"({"id":2,"presence":{"presence":null}})") == "2 presence");
  BOOST_TEST(DecodeOne(R"({"id":1,"connect":{"subs":null,"client":null}})") == "1 connect  ping=0");
}

BOOST_AUTO_TEST_CASE(WrongShapesAreToldApartFromGarbage) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id":"3","publish":{}})", "unusable 0: \"id\" is not an integer from 0 to 2^64 - 1"},
      {R"({"id":3})", "unusable 3: a reply of unknown kind"},
      {R"({"id":3,"ping":{}})", "unusable 3: a reply of unknown kind"},
      {R"({"publish":{}})", "unusable 0: a reply without id"},
      {R"({"id":0,"publish":{}})", "unusable 0: a reply without id"},
      {R"({"hello":1})", "unusable 0: a message of unknown kind"},
      {R"({"id":3,"publish":[]})", "unusable 3: \"publish\" is not an object"},
      {R"({"publish":"x","id":3})", "unusable 3: \"publish\" is not an object"},
      {R"({"id":3,"publish":{},"history":{}})", "unusable 3: a reply with two results"},
      {R"({"id":3,"error":{"code":1},"publish":{}})", "unusable 3: a reply with two results"},
      {R"({"id":3,"id":4,"publish":{}})", "unusable 0: \"id\" appears twice"},
      {R"({"id":3,"publish":{},"push":{"channel":"c","pub":{}}})", "unusable push: a push and a reply in one"},
      {R"({"id":3,"history":{"publications":{}}})", "unusable 3: \"publications\" is not a list"},
      {R"({"id":3,"history":{"publications":[1]}})", "unusable 3: \"publications\" is not an object"},
      {R"({"id":3,"history":{"epoch":5}})", "unusable 3: \"epoch\" is not text"},
      {R"({"id":3,"history":{"offset":1,"offset":2}})", "unusable 3: \"offset\" appears twice"},
      {R"({"id":3,"subscribe":{"recovered":"yes"}})", "unusable 3: \"recovered\" is not true or false"},
      {R"({"id":3,"subscribe":{"epoch":"\ud800"}})", "unusable 3: \"epoch\" is not text"},
      {R"({"id":1,"connect":{"ping":4294967296}})", "unusable 1: \"ping\" is above 2^32 - 1"},
      {R"({"id":1,"connect":{"subs":[]}})", "unusable 1: \"subs\" is not an object"},
      {R"({"push":{"channel":5,"pub":{"data":1}}})", "unusable push: \"channel\" is not text"},
      {R"({"push":{"channel":"c","pub":7}})", "unusable push: \"pub\" is not an object"},
      {R"({"push":{"channel":"c","pub":{"data":1,"data":2}}})", "unusable push: \"data\" appears twice"},
      {R"({"push":{"channel":"c","channel":"d","pub":{"data":1}}})", "unusable push: \"channel\" appears twice"},
      {R"({"push":{"channel":"c","p\u0075b":{"data":1},"pub":{"data":2}}})", "unusable push: \"pub\" appears twice"},
      {R"({"push":{"channel":"c","pub":{"data":1},"unsubscribe":{}}})", "unusable push: a push of two kinds"},
      {R"({"push":{"channel":"c","pub":{"data":1,"tags":[]}}})", "unusable push: \"tags\" is not an object"},
      {R"({"push":{"channel":"c","pub":{"data":1,"tags":{"k":7}}}})", "unusable push: \"k\" is not text"},
      {R"({"push":{"channel":"c","pub":{"data":1,"tags":{"k":"a","k":"b"}}}})", "unusable push: \"k\" appears twice"},
      {R"({"push":{},"push":{}})", "unusable 0: \"push\" appears twice"},
  };
  for (const auto& [frame, expected] : cases) BOOST_TEST(DecodeOne(frame) == expected);
}

BOOST_AUTO_TEST_CASE(GarbageEndsTheFrameAndKeepsWhatCameBefore) {
  const std::string garbage[] = {
      "hello",
      "<html><body>502 Bad Gateway</body></html>",
      "[1]",
      "5",
      "null",
      "\"text\"",
      "{",
      "}",
      "{\"id\":1",
      "{\"id\":1,",
      "{\"id\":1,\"publish\":{}",
      "{\"id\":1,\"publish\":{",
      "{\"id\":1,\"publish\":{}}}",
      "{\"id\":1,\"publish\":{}}]",
      "{\"id\":1,\"publish\":{}}{\"id\":2,\"publish\":{}}",
      "{\"id\":1,\"publish\":{}} x",
      "{\"id\":1 \"publish\":{}}",
      "{\"id\":1,,\"publish\":{}}",
      "{id:1}",
      "{'id':1}",
      "{\"id\" 1}",
      "{\"push\":{\"channel\":\"c}}",
      "{\"id\":1,\"publish\":{}}\0"s,
      "\0"s,
      "\xEF\xBB\xBF{}",
      "{\"push\":{\"channel\":\"\xC3\x28\",\"pub\":{\"data\":1}}}",
      "{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":\"\xFF\"}}}",
      std::string(100'000, '{'),
      std::string(100'000, '['),
      "{\"a\":" + std::string(1'000'000, '['),
  };
  for (const std::string& line : garbage) {
    BOOST_TEST_CONTEXT(line.substr(0, 60)) {
      BOOST_TEST((Decode(line) == Lines{"broken"}));
      BOOST_TEST((Decode("{\"id\":7,\"publish\":{}}\n" + line + "\n{}") == Lines{"7 publish", "broken"}));
      Decoder decoder;
      const DecodedFrame decoded = decoder.Decode(line);
      BOOST_TEST(decoded.raw == line.substr(0, kMaxRawBytes));
    }
  }
}

BOOST_AUTO_TEST_CASE(DeepNestingInSkippedPartsIsNoRecursion) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  BOOST_TEST(DecodeOne("{\"push\":{\"channel\":\"c\",\"pub\":{\"meta\":" + deep + ",\"data\":1,\"offset\":3}}}") ==
             "pub c [3:1 ]");
  BOOST_TEST(DecodeOne("{\"new\":" + deep + ",\"id\":1,\"publish\":{}}") == "1 publish");
  BOOST_TEST(DecodeOne("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":" + deep + "}}}") == "pub c [0:" + deep + " ]");
}

BOOST_AUTO_TEST_CASE(DecoderIsAsGoodAsNewAfterAnything) {
  Decoder decoder;
  for (const auto& [frame, expected] : kGolden) {
    for (const std::string& before : {"{\"id\":"s, "{\"id\":1,\"publish\":5}"s, std::string(3'000'000, ' ') + "x",
                                      "{\"x\":\"" + std::string(2'000'000, 'x') + "\"}"}) {
      decoder.Decode(before);
      const DecodedFrame decoded = decoder.Decode(frame);
      BOOST_TEST_REQUIRE(decoded.messages.size() == 1);
      BOOST_TEST(std::visit(Shower(), decoded.messages[0]) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(MutatedFramesNeverCrashNorInventMessages) {
  // Bytes of golden frames changed, cut, doubled and swapped at random. A sanitizer build makes this a search for
  // reads out of bounds; every build checks that no frame gives more messages than it has lines.
  std::mt19937 random(20240601);  // NOLINT: the same cases in every run.
  Decoder decoder;
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string frame =
        std::string(kGolden[pick(std::size(kGolden))].first) + "\n" + kGolden[pick(std::size(kGolden))].first;
    for (std::size_t edits = 1 + pick(4); edits > 0 && !frame.empty(); --edits) {
      const std::size_t at = pick(frame.size());
      switch (pick(4)) {
        case 0:
          frame[at] = static_cast<char>(pick(256));
          break;
        case 1:
          frame.erase(at, 1 + pick(8));
          break;
        case 2:
          frame.insert(at, frame.substr(pick(frame.size()), pick(16)));
          break;
        default:
          frame.resize(at);
      }
    }
    const auto lines = static_cast<std::size_t>(std::count(frame.begin(), frame.end(), '\n')) + 1;
    const DecodedFrame decoded = decoder.Decode(frame);
    BOOST_TEST_REQUIRE(decoded.messages.size() <= lines);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

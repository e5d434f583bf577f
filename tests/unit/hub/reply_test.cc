#include "hub/server/reply.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "hub/server/codes.h"
#include "hub/server/write_queue.h"

namespace {

using namespace gapless;
using namespace gapless::hub;

template <class Append>
std::string Written(Append append) {
  std::string out;
  append(out);
  BOOST_TEST(nlohmann::json::accept(out));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reply_writer)

BOOST_AUTO_TEST_CASE(S4_connect_leaves_out_what_is_off) {
  BOOST_TEST(Written([](std::string& out) {
               AppendConnectReply(out, 1, {.client_id = "x", .ping_seconds = 25, .pong = true});
             }) == R"({"id":1,"connect":{"client":"x","version":"gapless hub","ping":25,"pong":true}})");
  BOOST_TEST(Written([](std::string& out) { AppendConnectReply(out, 1, {.client_id = "x"}); }) ==
             R"({"id":1,"connect":{"client":"x","version":"gapless hub"}})");
}

BOOST_AUTO_TEST_CASE(S6_subscribe_says_what_is_in_force_and_what_became_of_the_recovery) {
  struct Case {
    SubscribeReply reply;
    const char* text;
  };
  const Case cases[] = {
      {{}, R"({"id":2,"subscribe":{}})"},
      {{true, {0, "kQzA"}, Recovery::kNotAsked, {}},
       R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"kQzA"}})"},
      {{true, {5, "kQzA"}, Recovery::kRecovered, {{"{\"t\":1}", 6}, {"2", 7}}},
       R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"kQzA","offset":5,"was_recovering":true,)"
       R"("recovered":true,"publications":[{"data":{"t":1},"offset":6},{"data":2,"offset":7}]}})"},
      {{true, {UINT64_MAX, "kQzA"}, Recovery::kNotRecovered, {}},
       R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"kQzA","offset":18446744073709551615,)"
       R"("was_recovering":true}})"},
      {{false, {}, Recovery::kNotRecovered, {}}, R"({"id":2,"subscribe":{"was_recovering":true}})"},
  };
  for (const Case& one : cases) {
    BOOST_TEST(Written([&](std::string& out) { AppendSubscribeReply(out, 2, one.reply); }) == one.text);
  }
}

BOOST_AUTO_TEST_CASE(the_other_replies_and_pushes) {
  struct Case {
    std::function<void(std::string&)> append;
    const char* text;
  };
  const Case cases[] = {
      {[](std::string& out) { AppendEmptyReply(out, 3, "publish"); }, R"({"id":3,"publish":{}})"},
      {[](std::string& out) {
         AppendHistoryReply(out, 6, {{}, {0, ""}});
       },
       R"({"id":6,"history":{"publications":[],"epoch":"","offset":0}})"},
      {[](std::string& out) {
         AppendHistoryReply(out, 6, {{{"2", 6}, {"1", 5}}, {6, "kQzA"}});
       },
       R"({"id":6,"history":{"publications":[{"data":2,"offset":6},{"data":1,"offset":5}],"epoch":"kQzA","offset":6}})"},
      {[](std::string& out) { AppendPresenceReply(out, 4, {}); }, R"({"id":4,"presence":{"presence":{}}})"},
      {[](std::string& out) {
         AppendPresenceReply(out, 4, {{"c-1", "", ""}, {"c-2", "ada", ""}});
       },
       R"({"id":4,"presence":{"presence":{"c-1":{"user":"","client":"c-1"},"c-2":{"user":"ada","client":"c-2"}}}})"},
      {[](std::string& out) { AppendPresenceStatsReply(out, 5, {}); },
       R"({"id":5,"presence_stats":{"num_clients":0,"num_users":0}})"},
      {[](std::string& out) { AppendErrorReply(out, 7, 105); },
       R"({"id":7,"error":{"code":105,"message":"already subscribed"}})"},
      {[](std::string& out) { AppendErrorReply(out, 8, 100); },
       R"({"id":8,"error":{"code":100,"message":"internal server error","temporary":true}})"},
      {[](std::string& out) { AppendUnsubscribePush(out, "c", 2500, "insufficient state"); },
       R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}})"},
      {[](std::string& out) { AppendDisconnectPush(out, 3001, "shut\"down"); },
       R"({"push":{"disconnect":{"code":3001,"reason":"shut\"down"}}})"},
      {[](std::string& out) { AppendUnsubscribePush(out, "c", 2000, ""); },
       R"({"push":{"channel":"c","unsubscribe":{"code":2000}}})"},
      {[](std::string& out) {
         AppendPublicationPush(out, "a\"b", {"null", 0});
       },
       R"({"push":{"channel":"a\"b","pub":{"data":null}}})"},
  };
  for (const Case& one : cases) BOOST_TEST(Written(one.append) == one.text);
}

BOOST_AUTO_TEST_CASE(data_goes_out_byte_for_byte_but_for_newlines) {
  const std::string data = "{ \"a\" :\n 1e400,\r\n \"a\":\"\\ud800 <&>\"\n}\n";
  std::string out;
  AppendPublicationPush(out, "c", {data, 1});
  BOOST_TEST(
      out ==
      "{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":{ \"a\" : 1e400,\r \"a\":\"\\ud800 <&>\"},\"offset\":1}}}");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(write_queue)

BOOST_AUTO_TEST_CASE(a_lone_push_goes_out_from_where_it_lies) {
  WriteQueue queue;
  const SharedPush push = std::make_shared<const Push>(Push{"c", 1, "message"});
  queue.Add({{}, push});
  const std::string_view frame = queue.BeginFrame();
  BOOST_TEST(frame == "message");
  BOOST_TEST(static_cast<const void*>(frame.data()) == static_cast<const void*>(push->bytes.data()));
  BOOST_TEST(queue.bytes() == 7U);
  queue.FrameDone();
  BOOST_TEST(queue.bytes() == 0U);
  BOOST_TEST(push.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(what_gathers_while_a_frame_is_under_way_shares_the_next_one) {
  WriteQueue queue;
  queue.Add({"1", nullptr});
  BOOST_TEST(queue.BeginFrame() == "1");
  for (const char* text : {"2", "3\n4", "5"}) queue.Add({text, nullptr});
  queue.FrameDone();
  BOOST_TEST(queue.BeginFrame() == "2\n3\n4\n5");
  queue.FrameDone();
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_frame_is_filled_up_to_its_bound_and_a_larger_chunk_goes_alone) {
  constexpr std::size_t kMax = WriteQueue::kMaxFrameBytes;
  WriteQueue queue;
  const std::string half((kMax - 1) / 2, 'a');
  queue.Add({half, nullptr});
  queue.Add({half, nullptr});
  queue.Add({"b", nullptr});
  queue.Add({std::string(3 * kMax, 'c'), nullptr});
  queue.Add({"d", nullptr});
  std::vector<std::size_t> sizes;
  while (!queue.empty()) {
    sizes.push_back(queue.BeginFrame().size());
    queue.FrameDone();
  }
  BOOST_TEST(sizes == (std::vector<std::size_t>{2 * half.size() + 1, 1, 3 * kMax, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(queue.bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(upgrade)

BOOST_AUTO_TEST_SUITE_END()

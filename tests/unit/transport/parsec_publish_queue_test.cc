#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "transport/parsec/publish_queue.h"

namespace gapless::parsec {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr Duration kPatience = 4s;
const std::string kA = "public:a.a";
const std::string kB = "public:a.b";

Refused RefusedAs(Refusal refusal) { return {Error(Errc::kServerRefused, "no"), refusal}; }

/// A queue and what it wants, in words; time is what the test says.
struct World {
  explicit World(bool opens = false, std::string token = "t", bool fetches = false)
      : queue(kPatience, opens, std::move(token), fetches) {}

  Lines Add(std::uint64_t request, const std::string& channel) {
    return Add(request, channel, std::to_string(request));
  }
  /// What the request of that number brought comes once more.
  Lines Add(std::uint64_t request, const std::string& channel, const std::string& data) {
    return Run([&](auto& out) { queue.Add(request, {channel, std::make_shared<const std::string>(data)}, now, out); });
  }
  Lines Done(std::uint64_t call, const PublishQueue::Result& result) {
    return Run([&](auto& out) { queue.Done(call, result, now, out); });
  }
  Lines Tick() {
    return Run([&](auto& out) { queue.Tick(now, out); });
  }
  template <typename Step>
  static Lines Run(const Step& step) {
    PublishQueue::Output out;
    step(out);
    Lines lines;
    for (const ReplyEvent& reply : out.replies) {
      std::string line = "reply " + std::to_string(reply.id);
      if (const auto* error = std::get_if<ErrorReply>(&reply.body)) line += error->temporary ? " later" : " never";
      lines.push_back(line);
    }
    for (const auto& call : out.calls) {
      lines.push_back(std::to_string(call.id) + (call.data ? " publish " + *call.data : " open " + call.channel) +
                      " as " + call.token);
    }
    if (out.fetch_token) lines.emplace_back("fetch");
    return lines;
  }

  PublishQueue queue;
  TimePoint now{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_publish_queue)

BOOST_AUTO_TEST_CASE(P4_one_call_of_a_channel_is_under_way_and_channels_do_not_wait_for_each_other) {
  World world;
  BOOST_TEST(world.Add(1, kA) == Lines{"1 publish 1 as t"});
  BOOST_TEST(world.Add(2, kA) == Lines{});
  BOOST_TEST(world.Add(3, kB) == Lines{"2 publish 3 as t"});
  BOOST_TEST(world.Done(1, Position{1, "e"}) == (Lines{"reply 1", "3 publish 2 as t"}));
  BOOST_TEST(world.Done(3, Position{2, "e"}) == Lines{"reply 2"});
  BOOST_TEST(world.Done(2, Position{1, "e"}) == Lines{"reply 3"});
}

BOOST_AUTO_TEST_CASE(P4_what_is_refused_for_now_takes_all_behind_it_along) {
  World world;
  for (std::uint64_t request = 1; request <= 3; ++request) world.Add(request, kA);
  world.Add(4, kB);
  BOOST_TEST(world.Done(1, RefusedAs(Refusal::kTemporary)) ==
             (Lines{"reply 1 later", "reply 2 later", "reply 3 later"}));
  // Handed over before the client learnt of that: sent now, it would come before those.
  BOOST_TEST(world.Add(5, kA) == Lines{"reply 5 later"});
  BOOST_TEST(world.Add(6, kA, "1") == Lines{"3 publish 1 as t"});
  BOOST_TEST(world.Add(7, kA, "2") == Lines{});
  BOOST_TEST(world.Done(3, Position{}) == (Lines{"reply 6", "4 publish 2 as t"}));
}

BOOST_AUTO_TEST_CASE(ACallerThatDropsWhatItWasGivenBackIsNotRefusedForEver) {
  World world;
  world.Add(1, kA);
  world.Done(1, RefusedAs(Refusal::kTemporary));
  BOOST_TEST(world.Add(2, kA) == Lines{"reply 2 later"});
  world.now += kPatience;
  BOOST_TEST(world.Add(3, kA) == Lines{"2 publish 3 as t"});
}

BOOST_AUTO_TEST_CASE(WhatIsRefusedForGoodStopsNobodyElse) {
  World world;
  world.Add(1, kA);
  world.Add(2, kA);
  BOOST_TEST(world.Done(1, RefusedAs(Refusal::kFinal)) == (Lines{"reply 1 never", "2 publish 2 as t"}));
  BOOST_TEST(world.Done(2, RefusedAs(Refusal::kNoChannel)) == Lines{"reply 2 never"});
}

BOOST_AUTO_TEST_CASE(APublicChannelThatIsNotThereIsOpenedOnceForEachPublish) {
  World world(true);
  world.Add(1, kA);
  BOOST_TEST(world.Done(1, RefusedAs(Refusal::kNoChannel)) == Lines{"2 open public:a.a as t"});
  BOOST_TEST(world.Add(2, kA) == Lines{});
  BOOST_TEST(world.Done(2, PublishQueue::Opened{}) == Lines{"3 publish 1 as t"});
  BOOST_TEST(world.Done(3, RefusedAs(Refusal::kNoChannel)) == (Lines{"reply 1 never", "4 publish 2 as t"}));
  BOOST_TEST(world.Done(4, RefusedAs(Refusal::kNoChannel)) == Lines{"5 open public:a.a as t"});
  // Deleted: it cannot be opened again.
  BOOST_TEST(world.Done(5, RefusedAs(Refusal::kNoChannel)) == Lines{"reply 2 never"});
  world.Add(3, "private:a.b.c");
  BOOST_TEST(world.Done(6, RefusedAs(Refusal::kNoChannel)) == Lines{"reply 3 never"});
}

BOOST_AUTO_TEST_CASE(AnOpeningThatFailsForNowGivesAllBack) {
  World world(true);
  world.Add(1, kA);
  world.Add(2, kA);
  world.Done(1, RefusedAs(Refusal::kNoChannel));
  BOOST_TEST(world.Done(2, RefusedAs(Refusal::kTemporary)) == (Lines{"reply 1 later", "reply 2 later"}));
  BOOST_TEST(world.Add(3, kA, "1") == Lines{"3 publish 1 as t"});
}

BOOST_AUTO_TEST_CASE(AnExpiredManagementTokenIsFetchedAgainOnceForAllAndLosesNothing) {
  World world(false, "old", true);
  world.Add(1, kA);
  world.Add(2, kB);
  BOOST_TEST(world.Done(1, RefusedAs(Refusal::kUnauthorized)) == Lines{"fetch"});
  BOOST_TEST(world.Done(2, RefusedAs(Refusal::kUnauthorized)) == Lines{});
  BOOST_TEST(world.Add(3, kA) == Lines{});
  const Lines lines = World::Run([&](auto& out) { world.queue.TokenCame("new", out); });
  BOOST_TEST(lines == (Lines{"3 publish 1 as new", "4 publish 2 as new"}));
  BOOST_TEST(world.Done(3, RefusedAs(Refusal::kUnauthorized)) == (Lines{"reply 1 never", "5 publish 3 as new"}));
}

BOOST_AUTO_TEST_CASE(WithoutAWayToFetchOneARefusedTokenIsRefusedForGood) {
  World world;
  world.Add(1, kA);
  BOOST_TEST(world.Done(1, RefusedAs(Refusal::kUnauthorized)) == Lines{"reply 1 never"});
}

BOOST_AUTO_TEST_CASE(AFirstTokenIsFetchedBeforeAnythingIsSentAndAFailureGivesBack) {
  World world(false, "", true);
  BOOST_TEST(world.Add(1, kA) == Lines{"fetch"});
  BOOST_TEST(world.Add(2, kA) == Lines{});
  const Lines failed =
      World::Run([&](auto& out) { world.queue.TokenFailed(Error(Errc::kHandlerThrew, "no"), world.now, out); });
  BOOST_TEST(failed == (Lines{"reply 1 later", "reply 2 later"}));
  BOOST_TEST(world.Add(3, kA, "1") == Lines{"fetch"});
}

BOOST_AUTO_TEST_CASE(WhatWaitsTooLongBehindOthersIsGivenBackInItsOrder) {
  World world;
  for (std::uint64_t request = 1; request <= 3; ++request) world.Add(request, kA);
  BOOST_TEST((world.queue.NextDeadline() == TimePoint{} + kPatience));
  world.now += kPatience - 1ms;
  BOOST_TEST(world.Tick() == Lines{});
  world.now += 1ms;
  BOOST_TEST(world.Tick() == (Lines{"reply 2 later", "reply 3 later"}));
  BOOST_TEST(!world.queue.NextDeadline());
  BOOST_TEST(world.Done(1, Position{}) == Lines{"reply 1"});
  BOOST_TEST(world.Add(4, kA) == Lines{"reply 4 later"});
  BOOST_TEST(world.Add(5, kA, "2") == Lines{"2 publish 2 as t"});
}

BOOST_AUTO_TEST_CASE(L2_calls_under_way_are_bounded_and_channels_take_turns) {
  World world;
  const auto name = [](std::size_t i) { return "public:a.c" + std::to_string(i); };
  for (std::size_t i = 0; i < PublishQueue::kMaxCalls; ++i) BOOST_TEST(world.Add(i + 1, name(i)).size() == 1U);
  BOOST_TEST(world.Add(100, "public:z.z") == Lines{});
  BOOST_TEST(world.Add(101, name(0)) == Lines{});
  BOOST_TEST(world.Done(1, Position{}) == (Lines{"reply 1", "17 publish 100 as t"}));
}

BOOST_AUTO_TEST_CASE(WhatEndsAfterTheConnectionIsNotTold) {
  World world;
  world.Add(1, kA);
  world.queue.Clear();
  BOOST_TEST(world.Done(1, Position{}) == Lines{});
  BOOST_TEST(world.Add(2, kA) == Lines{"2 publish 2 as t"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::parsec

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Contains;
using test::Number;
using test::PatternWith;
using test::TextOf;

using Log = std::vector<std::string>;

std::string Line(const Change& change) { return std::string(ToString(change.kind)) + ' ' + change.pattern; }

BOOST_AUTO_TEST_SUITE(changes)

BOOST_AUTO_TEST_CASE(a_subscriber_sees_each_change_before_the_operation_returns) {
  const Instant now(std::chrono::seconds(1));
  Registry registry({.clock = [now] { return now; }});
  registry.Register({.pattern = "before"});
  std::vector<Change> seen;
  const auto subscription = registry.Subscribe([&](const Change& change) { seen.push_back(change); });
  registry.Register(PatternWith("a", R"({"type":"string"})"));
  BOOST_TEST(seen.size() == 1U);
  registry.Update({.pattern = "a", .description = "new"});
  registry.Deregister("a");
  BOOST_REQUIRE_EQUAL(seen.size(), 3U);
  BOOST_TEST(Line(seen[0]) == "registered a");
  BOOST_TEST(seen[0].schema->version == 1);
  BOOST_TEST(seen[0].schema->aspects.at("data").payload_schema == R"({"type":"string"})");
  BOOST_TEST(Line(seen[1]) == "updated a");
  BOOST_TEST(seen[1].schema->version == 2);
  BOOST_TEST(Line(seen[2]) == "deregistered a");
  BOOST_TEST(!seen[2].schema.has_value());
  for (const Change& change : seen) {
    BOOST_CHECK(change.at == now);
    BOOST_TEST(change.missed == 0U);
  }
}

BOOST_AUTO_TEST_CASE(refusals_and_load_snapshot_emit_nothing) {
  Registry registry;
  int calls = 0;
  const auto subscription = registry.Subscribe([&](const Change&) { ++calls; });
  registry.LoadSnapshot({.patterns = {{.pattern = "a"}}});
  CodeOf([&] { registry.Register({.pattern = "a"}); });
  CodeOf([&] { registry.Update({.pattern = "b"}); });
  CodeOf([&] { registry.Deregister("b"); });
  CodeOf([&] { registry.Update(PatternWith("a", "{")); });
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(L3_a_handler_may_change_the_registry_and_all_see_one_order) {
  Registry registry;
  Log first;
  Log second;
  const auto one = registry.Subscribe([&](const Change& change) {
    first.push_back(Line(change));
    if (change.pattern == "a") registry.Register({.pattern = "b"});
    if (change.pattern == "b" && change.kind == ChangeKind::kRegistered) registry.Deregister("b");
    first.push_back("end " + Line(change));
  });
  const auto two = registry.Subscribe([&](const Change& change) { second.push_back(Line(change)); });
  registry.Register({.pattern = "a"});
  // Each call ends before the next begins.
  BOOST_TEST(first == (Log{"registered a", "end registered a", "registered b", "end registered b", "deregistered b",
                           "end deregistered b"}));
  BOOST_TEST(second == (Log{"registered a", "registered b", "deregistered b"}));
}

BOOST_AUTO_TEST_CASE(a_handler_sees_the_change_in_the_registry) {
  Registry registry;
  bool visible = false;
  const auto subscription =
      registry.Subscribe([&](const Change&) { visible = registry.Resolve("a").pattern.version == 1; });
  registry.Register({.pattern = "a"});
  BOOST_TEST(visible);
}

BOOST_AUTO_TEST_CASE(nothing_comes_after_unsubscribe_or_destruction) {
  Registry registry;
  int calls = 0;
  const auto count = [&](const Change&) { ++calls; };
  auto explicit_end = registry.Subscribe(count);
  {
    const auto scoped = registry.Subscribe(count);
    auto moved_from = registry.Subscribe(count);
    auto moved_to = std::move(moved_from);
    registry.Register({.pattern = "a"});
    BOOST_TEST(calls == 3);
    moved_to = ChangeSubscription();
    registry.Deregister("a");
    BOOST_TEST(calls == 5);
  }
  explicit_end.Unsubscribe();
  explicit_end.Unsubscribe();
  registry.Register({.pattern = "a"});
  BOOST_TEST(calls == 5);
}

BOOST_AUTO_TEST_CASE(a_handler_may_end_its_own_subscription) {
  Registry registry;
  int calls = 0;
  ChangeSubscription subscription;
  subscription = registry.Subscribe([&](const Change&) {
    ++calls;
    registry.Register({.pattern = "b"});  // Would be the next call.
    subscription.Unsubscribe();
  });
  registry.Register({.pattern = "a"});
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(D15_unsubscribe_waits_for_a_call_on_another_thread) {
  Registry registry;
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<bool> left{false};
  auto subscription = registry.Subscribe([&](const Change&) {
    entered.set_value();
    leave.get_future().wait();
    left = true;
  });
  std::thread changer([&] { registry.Register({.pattern = "a"}); });
  entered.get_future().wait();
  std::thread releaser([&] { leave.set_value(); });
  subscription.Unsubscribe();
  BOOST_TEST(left.load());
  changer.join();
  releaser.join();
}

BOOST_AUTO_TEST_CASE(R5_a_subscriber_that_is_too_slow_learns_how_much_it_missed) {
  Registry registry;
  std::vector<Change> seen;
  // Whatever is changed inside a call waits until it ends.
  const auto subscription = registry.Subscribe([&](const Change& change) {
    seen.push_back(change);
    if (change.pattern != "first") return;
    for (int i = 0; i < 1030; ++i) registry.Register({.pattern = "p" + std::to_string(i)});
  });
  registry.Register({.pattern = "first"});
  BOOST_REQUIRE_EQUAL(seen.size(), 1025U);
  BOOST_TEST(seen.back().pattern == "p1023");
  BOOST_TEST(seen.back().missed == 6U);
  for (std::size_t i = 0; i + 1 < seen.size(); ++i) BOOST_TEST(seen[i].missed == 0U);
  registry.Register({.pattern = "afterwards"});
  BOOST_TEST(seen.back().pattern == "afterwards");
  BOOST_TEST(registry.List().size() == 1032U);
}

BOOST_AUTO_TEST_CASE(R5_what_a_handler_throws_reaches_the_caller_and_the_change_stands) {
  Registry registry;
  int others = 0;
  const auto bad = registry.Subscribe([](const Change&) { throw std::runtime_error("no room"); });
  const auto good = registry.Subscribe([&](const Change&) { ++others; });
  const auto odd = registry.Subscribe([](const Change&) { throw 5; });
  const std::string what = TextOf([&] { registry.Register({.pattern = "a"}); });
  BOOST_TEST(Contains(what, "no room"));
  BOOST_TEST(CodeOf([&] { registry.Update({.pattern = "a"}); }) == Number(Errc::kHandlerThrew));
  BOOST_TEST(others == 2);
  BOOST_TEST(registry.Get("a").version == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

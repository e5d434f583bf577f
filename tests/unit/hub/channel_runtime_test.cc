#include "hub/channel_runtime.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace gapless::hub;

Event J(Id client, Id topic, Id user, std::int64_t now_ms) {
  return event::Join{std::move(client), std::move(topic), std::move(user), now_ms};
}
Event L(Id client, Id topic) { return event::Leave{std::move(client), std::move(topic)}; }

Outbound Ok(Id client, Id topic, std::string payload) {
  return outbound::Reply{std::move(client), std::move(topic), "ok", std::move(payload)};
}
Outbound Refused(Id client, Id topic, std::string payload) {
  return outbound::Reply{std::move(client), std::move(topic), "error", std::move(payload)};
}
Outbound Joins(const Id& topic, Id user, Id ref, std::int64_t at) {
  return outbound::PresenceDiff{topic, {topic, {{std::move(user), {{std::move(ref), at}}}}, {}}};
}
Outbound Leaves(const Id& topic, Id user, Id ref, std::int64_t at) {
  return outbound::PresenceDiff{topic, {topic, {}, {{std::move(user), {{std::move(ref), at}}}}}};
}

struct Case {
  const char* name;
  std::vector<Event> given, when;
  std::vector<Outbound> then;
  std::vector<Id> subscribers_of_t;
  std::vector<Entry> presences_of_t;
  std::size_t count;
};

const Event kJa = J("a", "t", "u", 1);
const Event kJb = J("b", "t", "v", 2);
const Event kJc = J("c", "t", "u", 3);

std::vector<Case> Cases() {
  return {
      {"the first join", {}, {kJa}, {Ok("a", "t", "joined"), Joins("t", "u", "r1", 1)}, {"a"}, {{"u", {{"r1", 1}}}}, 1},
      {"a second user",
       {kJa},
       {kJb},
       {Ok("b", "t", "joined"), Joins("t", "v", "r2", 2)},
       {"a", "b"},
       {{"u", {{"r1", 1}}}, {"v", {{"r2", 2}}}},
       2},
      {"joining twice is refused and changes nothing",
       {kJa},
       {J("a", "t", "w", 9)},
       {Refused("a", "t", "already_joined")},
       {"a"},
       {{"u", {{"r1", 1}}}},
       1},
      {"another topic of the same client",
       {kJa},
       {J("a", "s", "u", 4)},
       {Ok("a", "s", "joined"), Joins("s", "u", "r2", 4)},
       {"a"},
       {{"u", {{"r1", 1}}}},
       2},
      {"a second client of the same user is a meta of one entry",
       {kJa},
       {kJc},
       {Ok("c", "t", "joined"), Joins("t", "u", "r2", 3)},
       {"a", "c"},
       {{"u", {{"r1", 1}, {"r2", 3}}}},
       2},
      {"one of two clients leaves",
       {kJa, kJc},
       {L("a", "t")},
       {Ok("a", "t", "left"), Leaves("t", "u", "r1", 1)},
       {"c"},
       {{"u", {{"r2", 3}}}},
       1},
      {"the last one leaves",
       {kJa, kJc, L("a", "t")},
       {L("c", "t")},
       {Ok("c", "t", "left"), Leaves("t", "u", "r2", 3)},
       {},
       {},
       0},
      {"leaving without membership", {}, {L("a", "t")}, {Refused("a", "t", "not_joined")}, {}, {}, 0},
      {"membership elsewhere is not enough",
       {kJa},
       {L("a", "s")},
       {Refused("a", "s", "not_joined")},
       {"a"},
       {{"u", {{"r1", 1}}}},
       1},
      {"leaving twice",
       {kJa},
       {L("a", "t"), L("a", "t")},
       {Ok("a", "t", "left"), Leaves("t", "u", "r1", 1), Refused("a", "t", "not_joined")},
       {},
       {},
       0},
      {"leaving and coming back takes a new ref and the last place",
       {kJa, kJb},
       {L("a", "t"), J("a", "t", "u", 7)},
       {Ok("a", "t", "left"), Leaves("t", "u", "r1", 1), Ok("a", "t", "joined"), Joins("t", "u", "r3", 7)},
       {"b", "a"},
       {{"v", {{"r2", 2}}}, {"u", {{"r3", 7}}}},
       2},
      {"a refused join uses up no ref",
       {kJa},
       {kJa, kJb},
       {Refused("a", "t", "already_joined"), Ok("b", "t", "joined"), Joins("t", "v", "r2", 2)},
       {"a", "b"},
       {{"u", {{"r1", 1}}}, {"v", {{"r2", 2}}}},
       2},
      {"names are plain bytes: * and case mean nothing",
       {J("a", "t*", "u", 1)},
       {L("a", "t"), L("a", "T*")},
       {Refused("a", "t", "not_joined"), Refused("a", "T*", "not_joined")},
       {},
       {},
       1},
      {"names may be empty and time is not looked at",
       {},
       {J("", "", "", -5)},
       {Ok("", "", "joined"), Joins("", "", "r1", -5)},
       {},
       {},
       1},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(channel_runtime)

BOOST_AUTO_TEST_CASE(each_event_gives_its_outbounds_and_its_change) {
  for (const Case& one : Cases()) {
    BOOST_TEST_CONTEXT(one.name) {
      ChannelRuntime runtime;
      for (const Event& event : one.given) runtime.Handle(event);
      (void)runtime.FlushOutbox();
      for (const Event& event : one.when) runtime.Handle(event);
      BOOST_TEST((runtime.FlushOutbox() == one.then));
      BOOST_TEST(runtime.FlushOutbox().empty());
      BOOST_TEST(*runtime.Subscribers("t") == one.subscribers_of_t, boost::test_tools::per_element());
      BOOST_TEST((runtime.Presences("t") == one.presences_of_t));
      BOOST_TEST(runtime.UserCount("t") == one.presences_of_t.size());
      BOOST_TEST(runtime.MembershipCount() == one.count);
    }
  }
}

BOOST_AUTO_TEST_CASE(asking_about_an_unknown_topic_makes_none) {
  ChannelRuntime runtime;
  BOOST_TEST(runtime.Subscribers("x")->empty());
  BOOST_TEST(runtime.Presences("x").empty());
  BOOST_TEST(runtime.TopicsOf("a").empty());
  BOOST_TEST(runtime.FlushOutbox().empty());
}

BOOST_AUTO_TEST_CASE(recipients_are_a_snapshot_that_later_events_do_not_change) {
  ChannelRuntime runtime;
  runtime.Handle(kJa);
  runtime.Handle(kJb);
  const Recipients before = runtime.Subscribers("t");
  runtime.Handle(L("b", "t"));
  BOOST_TEST((*before == std::vector<Id>{"a", "b"}));
  BOOST_TEST((*runtime.Subscribers("t") == std::vector<Id>{"a"}));
}

BOOST_AUTO_TEST_CASE(topics_of_a_client_come_in_the_order_of_joining) {
  ChannelRuntime runtime;
  for (const char* topic : {"z", "a", "m"}) runtime.Handle(J("c", topic, "u", 0));
  runtime.Handle(L("c", "a"));
  runtime.Handle(J("c", "a", "u", 0));
  BOOST_TEST((runtime.TopicsOf("c") == std::vector<Id>{"z", "m", "a"}));
  BOOST_TEST(runtime.TopicCountOf("c") == 3U);
}

// The invariants that a mirror of the diffs relies on, over random events.
BOOST_AUTO_TEST_CASE(folding_all_diffs_gives_the_presences_and_no_ref_occurs_twice) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  ChannelRuntime runtime;
  std::map<Id, std::vector<Entry>> mirror;
  std::vector<Id> refs;
  for (int step = 0; step < 5'000; ++step) {
    const Id client = "c" + std::to_string(random() % 20);
    const Id topic = "t" + std::to_string(random() % 4);
    const Id user = "u" + std::to_string(random() % 6);
    runtime.Handle(random() % 2 == 0 ? J(client, topic, user, step) : L(client, topic));
    for (const Outbound& outbound : runtime.FlushOutbox()) {
      const auto* const told = std::get_if<outbound::PresenceDiff>(&outbound);
      if (told == nullptr) continue;
      std::vector<Entry>& entries = mirror[told->topic];
      for (const Entry& join : told->diff.joins) {
        refs.push_back(join.metas.front().ref);
        auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == join.key; });
        if (entry == entries.end()) entry = entries.insert(entry, {join.key, {}});
        entry->metas.push_back(join.metas.front());
      }
      for (const Entry& leave : told->diff.leaves) {
        const auto entry =
            std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == leave.key; });
        BOOST_TEST_REQUIRE((entry != entries.end()));
        BOOST_TEST_REQUIRE(std::erase(entry->metas, leave.metas.front()) == 1U);
        if (entry->metas.empty()) entries.erase(entry);
      }
    }
    std::size_t members = 0;
    for (const auto& [name, entries] : mirror) {
      BOOST_TEST_REQUIRE((runtime.Presences(name) == entries), "seed " << kSeed << " step " << step);
      members += runtime.Subscribers(name)->size();
    }
    BOOST_TEST_REQUIRE(runtime.MembershipCount() == members);
  }
  std::sort(refs.begin(), refs.end());
  BOOST_TEST((std::adjacent_find(refs.begin(), refs.end()) == refs.end()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(broker)

BOOST_AUTO_TEST_CASE(subscribing_twice_counts_once_and_keeps_the_place) {
  Broker broker;
  broker.Subscribe("t", "a");
  broker.Subscribe("t", "b");
  broker.Subscribe("t", "a");
  BOOST_TEST((*broker.Subscribers("t") == std::vector<Id>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(unsubscribing_what_is_unknown_changes_nothing) {
  Broker broker;
  broker.Subscribe("t", "a");
  broker.Unsubscribe("x", "a");
  broker.Unsubscribe("t", "x");
  BOOST_TEST((*broker.Subscribers("t") == std::vector<Id>{"a"}));
}

BOOST_AUTO_TEST_CASE(the_snapshot_is_shared_while_nothing_changes) {
  Broker broker;
  broker.Subscribe("t", "a");
  const Recipients first = broker.Subscribers("t");
  BOOST_TEST((broker.Subscribers("t") == first));
  broker.Subscribe("t", "b");
  BOOST_TEST((broker.Subscribers("t") != first));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tracker)

BOOST_AUTO_TEST_CASE(a_known_ref_joins_once_and_keeps_its_time) {
  Tracker tracker;
  tracker.Join("t", "u", {"r1", 1});
  BOOST_TEST((tracker.Join("t", "u", {"r1", 9}) == Diff{"t", {}, {}}));
  BOOST_TEST((tracker.ListTopic("t") == std::vector<Entry>{{"u", {{"r1", 1}}}}));
}

BOOST_AUTO_TEST_CASE(leaving_with_a_wrong_ref_key_or_topic_changes_nothing) {
  Tracker tracker;
  tracker.Join("t", "u", {"r1", 1});
  BOOST_TEST((tracker.Leave("t", "u", "r2") == Diff{"t", {}, {}}));
  BOOST_TEST((tracker.Leave("t", "v", "r1") == Diff{"t", {}, {}}));
  BOOST_TEST((tracker.Leave("s", "u", "r1") == Diff{"s", {}, {}}));
  BOOST_TEST(tracker.RefCount("t") == 1U);
}

BOOST_AUTO_TEST_CASE(counts_follow_keys_and_refs) {
  Tracker tracker;
  tracker.Join("t", "u", {"r1", 1});
  tracker.Join("t", "u", {"r2", 2});
  BOOST_TEST(tracker.KeyCount("t") == 1U);
  BOOST_TEST(tracker.RefCount("t") == 2U);
  BOOST_TEST((tracker.Leave("t", "u", "r1") == Diff{"t", {}, {{"u", {{"r1", 1}}}}}));
  BOOST_TEST(tracker.RefCount("t") == 1U);
  tracker.Leave("t", "u", "r2");
  BOOST_TEST(tracker.KeyCount("t") == 0U);
  BOOST_TEST(tracker.RefCount("t") == 0U);
}

BOOST_AUTO_TEST_CASE(the_same_ref_under_two_keys_is_two_things) {
  Tracker tracker;
  tracker.Join("t", "u", {"r1", 1});
  tracker.Join("t", "v", {"r1", 2});
  tracker.Leave("t", "u", "r1");
  BOOST_TEST((tracker.ListTopic("t") == std::vector<Entry>{{"v", {{"r1", 2}}}}));
}

BOOST_AUTO_TEST_SUITE_END()

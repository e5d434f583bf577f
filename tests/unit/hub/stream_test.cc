#include "hub/stream.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gapless/error.h"
#include "hub/streams.h"

namespace {

using namespace gapless;
using namespace gapless::hub;
using namespace std::chrono_literals;

constexpr std::uint64_t kMax = UINT64_MAX;
const std::string kEpoch = "kQzA";

using Offsets = std::vector<std::uint64_t>;

Offsets OffsetsOf(const std::vector<SharedPublication>& publications) {
  Offsets offsets;
  for (const auto& publication : publications) offsets.push_back(publication->offset);
  return offsets;
}

// Publications 1 … `count` at one second each, of which the last `retained` are kept.
Stream StreamOf(std::uint64_t count, std::size_t retained,
                StreamBounds bounds = {.size = 100, .ttl = {}, .page = 300}) {
  Stream stream(kEpoch, {});
  bounds.size = retained;
  for (std::uint64_t i = 1; i <= count; ++i) stream.Append({"d"}, TimePoint(std::chrono::seconds(i)), bounds);
  return stream;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(S6_recovery_follows_the_servers_table) {
  struct Case {
    const char* name;
    Stream stream;
    Position from;
    bool recovered;
    std::uint64_t offset;
    Offsets publications;
  };
  Stream emptied = StreamOf(5, 5);
  emptied.Clear();
  const Case cases[] = {
      {"in the middle", StreamOf(5, 5), {3, kEpoch}, true, 3, {4, 5}},
      {"from the beginning", StreamOf(3, 3), {0, kEpoch}, true, 0, {1, 2, 3}},
      {"no position at all replays an intact stream", StreamOf(3, 3), {0, ""}, true, 0, {1, 2, 3}},
      {"no position on an empty stream", StreamOf(0, 5), {0, ""}, true, 0, {}},
      {"an empty epoch matches any", StreamOf(5, 5), {4, ""}, true, 4, {5}},
      {"at the top", StreamOf(5, 5), {5, kEpoch}, true, 5, {}},
      {"beyond the top", StreamOf(5, 5), {6, kEpoch}, false, 5, {}},
      {"far beyond the top", StreamOf(5, 5), {kMax, kEpoch}, false, 5, {}},
      {"far beyond the top without epoch", StreamOf(5, 5), {kMax, ""}, false, 5, {}},
      {"another epoch", StreamOf(5, 5), {3, "other"}, false, 5, {}},
      {"another epoch at the top", StreamOf(5, 5), {5, "other"}, false, 5, {}},
      {"another epoch, empty stream", StreamOf(0, 5), {0, "other"}, false, 0, {}},
      {"trimmed: the next one is just there", StreamOf(10, 4), {6, kEpoch}, true, 6, {7, 8, 9, 10}},
      {"trimmed: the next one is gone", StreamOf(10, 4), {5, kEpoch}, false, 10, {}},
      {"trimmed, from the beginning", StreamOf(10, 4), {0, ""}, false, 10, {}},
      {"emptied: at the top", emptied, {5, kEpoch}, true, 5, {}},
      {"emptied: behind", emptied, {4, kEpoch}, false, 5, {}},
      {"emptied: beyond", emptied, {6, kEpoch}, false, 5, {}},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      const Replay replay = one.stream.Recover(one.from, {.size = 100, .ttl = {}, .page = 300});
      BOOST_TEST(replay.recovered == one.recovered);
      BOOST_TEST(replay.position.offset == one.offset);
      BOOST_TEST(replay.position.epoch == kEpoch);
      BOOST_TEST(OffsetsOf(replay.publications) == one.publications, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_on_a_page_is_not_recovered) {
  const Stream stream = StreamOf(10, 10);
  const StreamBounds bounds{.size = 10, .ttl = {}, .page = 4};
  BOOST_TEST(stream.Recover({6, kEpoch}, bounds).recovered);
  const Replay refused = stream.Recover({5, kEpoch}, bounds);
  BOOST_TEST(!refused.recovered);
  BOOST_TEST(refused.publications.empty());
  BOOST_TEST(refused.position.offset == 10U);
}

BOOST_AUTO_TEST_CASE(S7_history_follows_the_servers_table) {
  constexpr std::size_t kAll = SIZE_MAX;
  struct Case {
    const char* name;
    std::size_t limit;
    std::optional<Position> since;
    bool reverse;
    Offsets publications;
  };
  // Offsets 4 … 10 retained, at most 5 on a page.
  const Case cases[] = {
      {"limit 0 gives the position only", 0, {}, false, {}},
      {"limit 0 reversed", 0, {}, true, {}},
      {"the oldest", 2, {}, false, {4, 5}},
      {"the newest, newest first", 2, {}, true, {10, 9}},
      {"the page bounds it", kAll, {}, false, {4, 5, 6, 7, 8}},
      {"the page bounds it from the end", kAll, {}, true, {10, 9, 8, 7, 6}},
      {"a limit above the page", 6, {}, false, {4, 5, 6, 7, 8}},
      {"since", kAll, Position{7, kEpoch}, false, {8, 9, 10}},
      {"since, limited", 2, Position{7, kEpoch}, false, {8, 9}},
      {"since without epoch", kAll, Position{7, ""}, false, {8, 9, 10}},
      {"since the top", kAll, Position{10, kEpoch}, false, {}},
      {"since beyond the top", kAll, Position{11, kEpoch}, false, {}},
      {"since far beyond the top", kAll, Position{kMax, kEpoch}, false, {}},
      {"since just before the retained", kAll, Position{3, kEpoch}, false, {4, 5, 6, 7, 8}},
      {"since older than the retained", kAll, Position{1, kEpoch}, false, {4, 5, 6, 7, 8}},
      {"since 0", kAll, Position{0, kEpoch}, false, {4, 5, 6, 7, 8}},
      {"since with limit 0", 0, Position{7, kEpoch}, false, {}},
      {"before", kAll, Position{7, kEpoch}, true, {6, 5, 4}},
      {"before, limited", 2, Position{7, kEpoch}, true, {6, 5}},
      {"before the oldest retained", kAll, Position{4, kEpoch}, true, {}},
      {"before what is long gone", kAll, Position{2, kEpoch}, true, {}},
      {"before the one after the top", 2, Position{11, kEpoch}, true, {10, 9}},
      {"before something beyond the top", kAll, Position{12, kEpoch}, true, {}},
      {"before something far beyond the top", kAll, Position{kMax, kEpoch}, true, {}},
  };
  const Stream stream = StreamOf(10, 7);
  const StreamBounds bounds{.size = 7, .ttl = {}, .page = 5};
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      const HistoryPage page =
          stream.History({.channel = "c", .limit = one.limit, .since = one.since, .reverse = one.reverse}, bounds);
      BOOST_TEST(OffsetsOf(page.publications) == one.publications, boost::test_tools::per_element());
      BOOST_TEST((page.top == Position{10, kEpoch}));
    }
  }
}

BOOST_AUTO_TEST_CASE(S7_history_refuses_what_it_cannot_answer) {
  struct Case {
    const char* name;
    std::size_t limit;
    Position since;
    bool reverse;
    std::uint32_t code;
    Errc errc;
  };
  const Case cases[] = {
      {"reverse from 0", 5, {0, kEpoch}, true, 107, Errc::kInvalidArgument},
      {"reverse from 0 without epoch", 5, {0, ""}, true, 107, Errc::kInvalidArgument},
      {"another epoch", 5, {3, "other"}, false, 112, Errc::kUnrecoverable},
      {"another epoch, position only", 0, {3, "other"}, false, 112, Errc::kUnrecoverable},
      {"another epoch, reverse", 5, {3, "other"}, true, 112, Errc::kUnrecoverable},
  };
  const Stream stream = StreamOf(5, 5);
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      const HistoryRequest request{.channel = "c", .limit = one.limit, .since = one.since, .reverse = one.reverse};
      BOOST_CHECK_EXCEPTION(
          (void)stream.History(request, {.size = 5, .ttl = {}, .page = 300}), Error, [&](const Error& error) {
            return error.server_code() == one.code && error.errc() == one.errc && error.channel() == "c";
          });
    }
  }
}

BOOST_AUTO_TEST_CASE(offsets_begin_at_1_and_survive_their_publications) {
  Stream stream(kEpoch, {});
  const StreamBounds bounds{.size = 2, .ttl = {}, .page = 300};
  BOOST_TEST((stream.Top() == Position{0, kEpoch}));
  for (std::uint64_t i = 1; i <= 5; ++i) BOOST_TEST(stream.Append({"x"}, {}, bounds)->offset == i);
  BOOST_TEST(OffsetsOf(stream.All()) == (Offsets{4, 5}), boost::test_tools::per_element());
  stream.Clear();
  BOOST_TEST((stream.Top() == Position{5, kEpoch}));
  BOOST_TEST(stream.Append({"x"}, {}, bounds)->offset == 6U);
}

BOOST_AUTO_TEST_CASE(a_publication_stays_until_it_is_older_than_the_bound) {
  const StreamBounds bounds{.size = 100, .ttl = 10s, .page = 300};
  Stream stream(kEpoch, {});
  for (int i = 1; i <= 3; ++i) stream.Append({"x"}, TimePoint(std::chrono::seconds(i)), bounds);
  struct Case {
    Duration at;
    Offsets left;
  };
  const Case cases[] = {{3s, {1, 2, 3}}, {11s, {1, 2, 3}}, {11s + 1ns, {2, 3}}, {13s, {3}}, {14s, {}}};
  for (const Case& one : cases) {
    stream.Expire(TimePoint(one.at), bounds);
    BOOST_TEST(OffsetsOf(stream.All()) == one.left, boost::test_tools::per_element());
  }
  BOOST_TEST(stream.Top().offset == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(streams)

namespace {

const auto kNobody = [](std::string_view) { return false; };
const auto kSomebody = [](std::string_view) { return true; };
constexpr TimePoint kStart{};

}  // namespace

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_epochs_and_each_channel_its_own) {
  const StreamBounds bounds{.size = 10, .ttl = {}, .page = 300};
  Streams one(1, bounds), same(1, bounds), other(2, bounds);
  BOOST_TEST(one.Open("a", kStart).Top().epoch == same.EmptyTop("a").epoch);
  BOOST_TEST(one.Open("a", kStart).Top().epoch != other.Open("a", kStart).Top().epoch);
  BOOST_TEST(one.Open("a", kStart).Top().epoch != one.Open("b", kStart).Top().epoch);
  BOOST_TEST(one.EmptyTop("a").epoch.size() == 8U);
}

BOOST_AUTO_TEST_CASE(asking_about_an_unknown_channel_makes_no_stream) {
  Streams all(1, {.size = 10, .ttl = {}, .page = 300});
  BOOST_TEST((all.Find("a", kStart) == nullptr));
  (void)all.EmptyTop("a");
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_forgotten_channel_comes_back_with_another_epoch) {
  const StreamBounds bounds{.size = 10, .ttl = {}, .page = 300};
  Streams all(1, bounds);
  all.Open("a", kStart).Append({"x"}, kStart, bounds);
  const std::string before = all.Open("a", kStart).Top().epoch;
  all.Forget("a");
  BOOST_TEST(all.EmptyTop("a").epoch != before);
  BOOST_TEST(all.Open("a", kStart).Top().offset == 0U);
}

BOOST_AUTO_TEST_CASE(the_sweep_forgets_what_nobody_can_miss) {
  struct Case {
    const char* name;
    int publications;
    Duration ttl;
    bool subscribed;
    Duration idle;
    bool kept;
  };
  constexpr Duration kJustMeta = Streams::kMetaTtl;
  const Case cases[] = {
      {"never published to, nobody there", 0, 0s, false, 2min, false},
      {"never published to, subscribed", 0, 0s, true, 2 * kJustMeta, true},
      {"retains publications", 1, 0s, false, 2 * kJustMeta, true},
      {"all expired, used a while ago", 1, 1s, false, kJustMeta, true},
      {"all expired, not used for long", 1, 1s, false, kJustMeta + 1s, false},
      {"all expired, not used for long, but subscribed", 1, 1s, true, kJustMeta + 1s, true},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      const StreamBounds bounds{.size = 10, .ttl = one.ttl, .page = 300};
      Streams all(1, bounds);
      Stream& opened = all.Open("a", kStart);
      for (int i = 0; i < one.publications; ++i) opened.Append({"x"}, kStart, bounds);
      const Position before = opened.Top();
      all.Sweep(kStart + one.idle, one.subscribed ? std::function<bool(std::string_view)>(kSomebody) : kNobody);
      BOOST_TEST(all.size() == (one.kept ? 1U : 0U));
      const Position after = all.Open("a", kStart + one.idle).Top();
      // What was never used may come back as it was; used offsets may not.
      BOOST_TEST((after == before) == (one.kept || one.publications == 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_sweep_frees_expired_publications_of_idle_channels_but_not_at_each_call) {
  const StreamBounds bounds{.size = 10, .ttl = 1s, .page = 300};
  Streams all(1, bounds);
  all.Sweep(kStart + 1min, kNobody);
  const SharedPublication held = all.Open("a", kStart + 1min).Append({"x"}, kStart + 1min, bounds);
  all.Sweep(kStart + 1min + 30s, kNobody);
  BOOST_TEST(held.use_count() == 2);
  all.Sweep(kStart + 2min, kNobody);
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

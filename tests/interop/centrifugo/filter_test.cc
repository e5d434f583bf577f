// Tag filters, and channels that keep the last publication only, on a real Centrifugo.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gapless/gapless.h"
#include "tests/engine_under_test.h"
#include "tests/interop/centrifugo/api.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/interop/heard.h"
#include "tests/loopback/collector.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using test::CallApi;
using test::CentrifugoServer;
using test::Collector;
using test::kPatience;

const std::string kFiltered = "filtered:app.room.1";
const std::string kUnfiltered = "public:app.room.1";
const std::string kCache = "cache:app.room.1";

std::vector<TagFilter> AllKindsOfFilters() {
  return {TagFilter::Equal("side", "buy"),
          TagFilter::NotEqual("side", "buy"),
          TagFilter::In("side", {"buy", ""}),
          TagFilter::NotIn("side", {"buy", ""}),
          TagFilter::Exists("price"),
          TagFilter::NotExists("price"),
          TagFilter::StartsWith("side", "b"),
          TagFilter::EndsWith("side", "l"),
          TagFilter::Contains("side", "u"),
          TagFilter::Above("price", "10.5"),
          TagFilter::AtLeast("price", "10.5"),
          TagFilter::Below("price", "10.5"),
          TagFilter::AtMost("price", "10.50"),
          TagFilter::And({TagFilter::Equal("side", "buy"), TagFilter::Exists("price")}),
          TagFilter::Or({TagFilter::Equal("side", "sell"), TagFilter::NotExists("price")}),
          TagFilter::Not(TagFilter::Equal("side", "buy"))};
}

/// Every value that the filters above tell apart.
std::vector<Tags> AllKindsOfTags() {
  std::vector<Tags> all = {{}, {{"side", ""}}, {{"price", "10.5"}}};
  for (const char* side : {"buy", "sell"}) {
    all.push_back({{"side", side}});
    for (const char* price : {"9", "10.5", "+10.50", "10.51", "-11", "1e2", " 11", "11.", ".5", "x", ""}) {
      all.push_back({{"side", side}, {"price", price}});
    }
  }
  return all;
}

struct Fixture {
  CentrifugoServer server;

  std::unique_ptr<Client> Connected(const std::string& id, std::shared_ptr<Snapshotter> snapshotter = nullptr) const {
    return test::ConnectedOver(WebSocket({.url = server.url(), .engine = test::EngineUnderTest()}), id,
                               [&](ClientOptions& options) { options.snapshotter = std::move(snapshotter); });
  }
  /// As the server's own API does, where tags come from.
  void Publish(const std::string& channel, std::int64_t sequence, const Tags& tags = {}) const {
    Envelope envelope;
    envelope.channel = channel;
    envelope.sequence = sequence;
    envelope.producer = {"feed", ProducerKind::kService};
    envelope.aspect = "data";
    envelope.payload = std::to_string(sequence);
    envelope.produced_at = Timestamp{std::chrono::milliseconds{1'000'000 + sequence}};
    nlohmann::json request = {{"channel", channel}, {"data", nlohmann::json::parse(EncodeEnvelope(envelope))}};
    if (!tags.empty()) request["tags"] = tags;
    CallApi(server, "publish", request);
  }
  /// Breaks all connections of clients without a name, who may come back.
  void CutAll() const {
    CallApi(server, "disconnect", {{"user", ""}, {"disconnect", {{"code", 3001}, {"reason", "test"}}}});
  }
};

/// The sequences that arrived, gaps as their first sequence below 0.
class Sequences {
 public:
  void AttachTo(Subscription& subscription) {
    subscription.OnGap([this](const Gap& gap) { seen_.Add(-gap.first); });
    subscription.OnEnvelope([this](const Envelope& envelope) { seen_.Add(envelope.sequence); });
  }
  /// All of them, once `last` is among them or the patience is over.
  std::vector<std::int64_t> AwaitLast(std::int64_t last) {
    seen_.AwaitAny([last](std::int64_t sequence) { return sequence == last; });
    return seen_.All();
  }

 private:
  test::Heard<std::int64_t> seen_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo_filter, Fixture)

// Each filter twice: on a channel where the server filters, and on one where each client does it alone, because another
// subscription wants something else.
BOOST_AUTO_TEST_CASE(C32_the_server_and_the_client_agree_on_every_kind_of_filter) {
  const std::vector<TagFilter> filters = AllKindsOfFilters();
  const std::vector<Tags> tags = AllKindsOfTags();
  const auto last = static_cast<std::int64_t>(tags.size() + 1);
  std::vector<Sequences> at_server(filters.size()), at_client(filters.size());
  std::vector<std::unique_ptr<Client>> clients;
  const auto all_at_once = Connected("together");
  for (std::size_t i = 0; i < filters.size(); ++i) {
    // The last publication is for everybody: it has a tag of its own.
    const TagFilter filter = TagFilter::Or({filters[i], TagFilter::Exists("last")});
    clients.push_back(Connected("c" + std::to_string(i)));
    BOOST_REQUIRE(clients.back()->WaitUntilConnected(kPatience));
    clients.back()->Subscribe(kFiltered, {.from_start = true, .filter = filter},
                              [&](Subscription& s) { at_server[i].AttachTo(s); });
    all_at_once->Subscribe(kFiltered, {.name = std::to_string(i), .from_start = true, .filter = filter},
                           [&](Subscription& s) { at_client[i].AttachTo(s); });
  }
  for (std::size_t i = 0; i < tags.size(); ++i) Publish(kFiltered, static_cast<std::int64_t>(i + 1), tags[i]);
  Publish(kFiltered, last, {{"last", ""}});
  for (std::size_t i = 0; i < filters.size(); ++i) {
    std::vector<std::int64_t> expected;
    for (std::size_t j = 0; j < tags.size(); ++j) {
      if (filters[i].Matches(tags[j])) expected.push_back(static_cast<std::int64_t>(j + 1));
    }
    expected.push_back(last);
    BOOST_TEST_CONTEXT(filters[i].ToJson()) {
      BOOST_TEST(at_server[i].AwaitLast(last) == expected, boost::test_tools::per_element());
      BOOST_TEST(at_client[i].AwaitLast(last) == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(C32_a_filtered_stream_is_recovered_without_a_gap) {
  Sequences sequences;
  const auto client = Connected("s");
  client->Subscribe(kFiltered, {.from_start = true, .filter = TagFilter::Equal("side", "buy")},
                    [&](Subscription& s) { sequences.AttachTo(s); });
  for (int n = 1; n <= 4; ++n) Publish(kFiltered, n, {{"side", n % 2 == 0 ? "buy" : "sell"}});
  sequences.AwaitLast(4);
  CutAll();
  for (int n = 5; n <= 8; ++n) Publish(kFiltered, n, {{"side", n % 2 == 0 ? "buy" : "sell"}});
  const std::vector<std::int64_t> expected = {2, 4, 6, 8};
  BOOST_TEST(sequences.AwaitLast(8) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(C32_a_channel_without_filters_refuses_one_and_says_so) {
  test::Heard<Error> errors;
  const auto client = Connected("s");
  client->Subscribe(kUnfiltered, {.filter = TagFilter::Exists("k")},
                    [&](Subscription& s) { s.OnError([&](const Error& error) { errors.Add(error); }); });
  BOOST_TEST(errors.AwaitAny([](const Error& error) { return error.server_code() == 107U; }));
}

// The server calls it a recovery if it sends the last publication alone; what lies before that is a gap all the same.
BOOST_AUTO_TEST_CASE(R2_a_channel_that_keeps_the_last_publication_only_brings_it_and_the_rest_is_a_gap) {
  const test::TemporaryFolder folder;
  const auto connected = [&] { return Connected("s", SqliteSnapshotter::Open(folder / "s.db")); };
  Collector collector;
  const auto attach = [&](Subscription& s) { collector.AttachTo(s); };
  {
    const auto client = connected();
    client->Subscribe(kCache, {.from_start = true}, attach);
    for (std::size_t n = 1; n <= 2; ++n) {
      Publish(kCache, static_cast<std::int64_t>(n));
      BOOST_REQUIRE(collector.WaitForCount(n));
    }
  }
  for (int n = 3; n <= 6; ++n) Publish(kCache, n);
  const auto client = connected();
  client->Subscribe(kCache, {.from_start = true}, attach);
  BOOST_REQUIRE(collector.WaitForCount(3));
  BOOST_TEST(collector.last("feed") == 6);
  const std::vector<Gap> gaps = collector.gaps();
  BOOST_REQUIRE(gaps.size() == 1U);
  BOOST_TEST(gaps[0].first == 3);
  BOOST_TEST(gaps[0].last == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

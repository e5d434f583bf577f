// gapless against the stand-in for Parsec: Parsec's documented surface on the real centrifuge library and the real
// Twirp.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "tests/interop/connected_client.h"
#include "tests/interop/heard.h"
#include "tests/interop/parsec/stand_in.h"
#include "tests/loopback/collector.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::Collector;
using test::kPatience;
using test::ParsecStandIn;
using test::TemporaryFolder;

const std::string kPublic = "public:app.room.1";
const std::string kPrivate = "private:app.room.1";

/// The errors of a subscription.
struct Errors : test::Heard<Error> {
  void AttachTo(Subscription& subscription) {
    subscription.OnError([this](const Error& error) { Add(error); });
  }
};

struct Fixture {
  ParsecStandIn server;
  TemporaryFolder folder;
  ParsecApi api{Options()};

  Fixture() = default;
  explicit Fixture(const std::vector<std::string>& arguments) : server(arguments) {}

  ParsecOptions Options() const {
    return {.url = server.url(), .management_token = server.management_token(), .engine = test::EngineUnderTest()};
  }
  ParsecOptions Opening() const {
    ParsecOptions options = Options();
    options.open_public = 0s;
    return options;
  }
  static std::unique_ptr<Client> Connected(const std::string& id, const ParsecOptions& parsec,
                                           std::shared_ptr<Snapshotter> snapshotter = nullptr,
                                           std::optional<Durability> durability = std::nullopt) {
    return test::ConnectedOver(Parsec(parsec), id, [&](ClientOptions& options) {
      options.snapshotter = std::move(snapshotter);
      options.durability = durability;
    });
  }
  static void Publish(Client& client, int count, const std::string& channel = kPublic) {
    for (int n = 1; n <= count; ++n) client.Publish(channel, Draft{.aspect = "data", .payload = std::to_string(n)});
  }
  /// Nothing tells when a subscription begins, so the first that arrives shows it. Returns once all of them have.
  static void PublishUntilSeen(Client& client, const Collector& collector, const std::string& channel = kPublic) {
    std::int64_t last = 0;
    while (collector.count() == 0) last = client.Publish(channel, Draft{.aspect = "data"}).sequence;
    while (collector.last("p") < last) std::this_thread::yield();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(parsec, Fixture)

BOOST_AUTO_TEST_CASE(C73_the_manifest_is_read) {
  const ParsecManifest manifest = api.Manifest();
  BOOST_TEST(manifest.format_version == "1.0");
  BOOST_TEST(manifest.service == "parsec");
  BOOST_TEST((manifest.transports == std::vector<std::string>{"websocket"}));
}

BOOST_AUTO_TEST_CASE(C66_channels_are_opened_listed_and_deleted_with_a_management_token_only) {
  ParsecOptions nobody = Options();
  nobody.management_token.clear();
  const auto unauthorized = [](const Error& error) {
    return error.errc() == Errc::kUnauthorized && error.server_code() == 401;
  };
  BOOST_CHECK_EXCEPTION(ParsecApi(nobody).ListChannels(), Error, unauthorized);
  BOOST_TEST(api.OpenPublic(kPublic, 60s).ttl.count() == 60);
  BOOST_TEST(api.GetChannel(kPublic).state == "open");
  const ParsecTokens tokens = api.CreatePrivate(kPrivate, 60s, "ada");
  BOOST_TEST(api.ListChannels().size() == 2U);
  nobody.management_token = tokens.access;
  BOOST_CHECK_EXCEPTION(ParsecApi(nobody).ListChannels(), Error, unauthorized);
  const auto refused_as = [](std::uint32_t status) {
    return [status](const Error& error) { return error.server_code() == status; };
  };
  BOOST_CHECK_EXCEPTION(api.CreatePrivate(kPrivate), Error, refused_as(409));
  BOOST_CHECK_EXCEPTION(api.CreatePrivate("private:a.b.c", 3601s), Error, refused_as(400));
  BOOST_CHECK_EXCEPTION(api.OpenPublic("public:a"), Error, refused_as(400));
  BOOST_CHECK_EXCEPTION(api.GetChannel("public:not.there"), Error, refused_as(404));
  api.DeleteChannel(kPrivate);
  BOOST_CHECK_EXCEPTION(api.CreatePrivate(kPrivate), Error, refused_as(409));
  ParsecOptions fetching = nobody;
  fetching.get_management_token = [this] { return server.management_token(); };
  BOOST_TEST(ParsecApi(fetching).ListChannels().size() == 1U);
  BOOST_TEST(!api.IssueManagementToken("ops", 3600s).empty());
}

BOOST_AUTO_TEST_CASE(P1_P5_R1_what_is_published_over_http_arrives_over_the_websocket_in_order) {
  const auto publisher = Connected("p", Opening());
  const auto subscriber = Connected("s", Opening());
  Collector collector;
  Subscription subscription = subscriber->Subscribe(kPublic, {}, [&](Subscription& s) { collector.AttachTo(s); });
  PublishUntilSeen(*publisher, collector);
  const std::size_t before = collector.count();
  const Receipt receipt = publisher->Publish(kPublic, Draft{.aspect = "data", .payload = R"({"text":"<ü&>"})"});
  BOOST_TEST_REQUIRE(receipt.position.has_value());
  BOOST_TEST(receipt.position->offset == static_cast<std::uint64_t>(receipt.sequence));
  for (int n = 0; n < 300; ++n) publisher->Enqueue(kPublic, Draft{.aspect = "data", .payload = std::to_string(n)});
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(before + 301));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(P4_a_refusal_for_now_and_a_lost_answer_cost_neither_order_nor_an_envelope) {
  const auto publisher = Connected("p", Opening());
  const auto subscriber = Connected("s", Opening());
  Collector collector;
  Subscription subscription = subscriber->Subscribe(kPublic, {}, [&](Subscription& s) { collector.AttachTo(s); });
  PublishUntilSeen(*publisher, collector);
  const std::size_t before = collector.count();
  for (int round = 0; round < 5; ++round) {
    server.Fail("Publish");
    server.SwallowAnswerOf("Publish");
    for (int n = 0; n < 20; ++n) publisher->Enqueue(kPublic, Draft{.aspect = "data", .payload = std::to_string(n)});
  }
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(before + 100));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.count() == before + 100);
  BOOST_TEST(publisher->Stats().resent > 0U);
}

BOOST_AUTO_TEST_CASE(C68_C69_P4_R2_L1_a_killed_server_costs_an_open_gap_and_nothing_that_was_accepted_after) {
  const auto publisher = Connected("p", Opening(), SqliteSnapshotter::Open(folder / "p.db"), Durability::kOutbox);
  const auto subscriber = Connected("s", Opening());
  Collector collector;
  Subscription subscription = subscriber->Subscribe(kPublic, {}, [&](Subscription& s) { collector.AttachTo(s); });
  PublishUntilSeen(*publisher, collector);
  const std::size_t before = collector.count();
  server.Kill();
  for (int n = 1; n <= 50; ++n) publisher->Enqueue(kPublic, Draft{.aspect = "data", .payload = std::to_string(n)});
  server.Start();
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_REQUIRE(collector.WaitForGaps(1));
  BOOST_TEST((collector.gaps()[0].kind == GapKind::kOpen));
  // What was published before the subscription was back is in no history of the new server that could be asked for
  // without a position, so only what comes after closes the gap.
  const Receipt last = publisher->Publish(kPublic, Draft{.aspect = "data"});
  BOOST_REQUIRE(collector.WaitForGaps(2));
  std::int64_t missing = 0;
  for (const Gap& gap : collector.gaps()) {
    if (gap.kind == GapKind::kRange) missing += gap.last - gap.first + 1;
  }
  const std::size_t expected = before + 51 - static_cast<std::size_t>(missing);
  BOOST_TEST(collector.WaitForCount(expected));
  BOOST_TEST(collector.count() == expected);
  BOOST_TEST(collector.last("p") == last.sequence);
  BOOST_TEST(collector.disorder() <= 1U);
}

BOOST_AUTO_TEST_CASE(C75_a_channel_that_nobody_opens_is_refused_for_good_in_the_end_though_the_server_says_for_now) {
  ParsecOptions options = Options();
  options.max_subscribe_refusals = 3;
  const auto subscriber = Connected("s", options);
  Errors errors;
  Subscription subscription = subscriber->Subscribe(kPublic, {}, [&](Subscription& s) { errors.AttachTo(s); });
  BOOST_TEST(errors.AwaitAny([](const Error& error) {
    return error.server_code() == 100 && std::string(error.what()).find("refused for good") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(C70_a_deleted_channel_ends_its_subscription_and_a_publish_there_is_refused) {
  const auto client = Connected("p", Opening());
  Collector collector;
  Errors errors;
  Subscription subscription = client->Subscribe(kPublic, {}, [&](Subscription& s) {
    collector.AttachTo(s);
    errors.AttachTo(s);
  });
  PublishUntilSeen(*client, collector);
  api.DeleteChannel(kPublic);
  BOOST_TEST(errors.AwaitAny([](const Error& error) { return error.server_code() == 2000; }));
  BOOST_CHECK_EXCEPTION(Publish(*client, 1), Error, [](const Error& error) { return error.server_code() == 404; });
}

BOOST_AUTO_TEST_CASE(C65_C74_a_private_channel_is_joined_with_its_access_token_only) {
  ParsecOptions with_tokens = Options();
  with_tokens.tokens = ParsecTokenMemory();
  with_tokens.tokens->Save(kPrivate, api.CreatePrivate(kPrivate));
  const auto publisher = Connected("p", Options());
  const auto member = Connected("s", with_tokens);
  Collector collector;
  Subscription subscription = member->Subscribe(kPrivate, {}, [&](Subscription& s) { collector.AttachTo(s); });
  PublishUntilSeen(*publisher, collector, kPrivate);
  const auto stranger = Connected("x", Options());
  Errors errors;
  Subscription refused = stranger->Subscribe(kPrivate, {}, [&](Subscription& s) { errors.AttachTo(s); });
  BOOST_TEST(errors.AwaitAny([](const Error& error) { return error.server_code() == 100; }));
  // Other publishers are not bound to an envelope's limit.
  const std::size_t before = collector.count();
  api.Publish(kPrivate, R"({"channel":")" + kPrivate + R"(","sequence":1,"producer":{"id":"go","kind":"service"},)" +
                            R"("aspect":"data","payload":")" + std::string(200'000, 'x') +
                            R"(","produced_at":"2026-05-27T14:22:09.331Z"})");
  BOOST_TEST(collector.WaitForCount(before + 1));
  BOOST_TEST(collector.last("go") == 1);
}

/// Access tokens that are past their time for the client as soon as they come: it leaves a margin of ten seconds.
struct ShortLived : Fixture {
  ShortLived() : Fixture({"--access-ttl", "9s"}) {}

  ParsecOptions With(std::shared_ptr<ParsecTokenStore> store) const {
    ParsecOptions options = Options();
    options.tokens = std::move(store);
    return options;
  }
};

BOOST_FIXTURE_TEST_CASE(C71_C76_tokens_past_their_time_are_exchanged_saved_and_used_at_each_subscribe, ShortLived) {
  const std::string path = folder / "tokens.json";
  const ParsecTokens first = api.CreatePrivate(kPrivate);
  ParsecTokenFile(path)->Save(kPrivate, first);
  const auto publisher = Connected("p", Options());
  for (int life = 0; life < 3; ++life) {
    const auto store = ParsecTokenFile(path);
    const std::string before = store->Load(kPrivate)->refresh;
    const auto member = Connected("s", With(store));
    Collector collector;
    Subscription subscription = member->Subscribe(kPrivate, {}, [&](Subscription& s) { collector.AttachTo(s); });
    PublishUntilSeen(*publisher, collector, kPrivate);
    BOOST_TEST(store->Load(kPrivate)->refresh != before);
  }
  // Reuse of a spent one revokes what came of it, so the loop above sent none.
  BOOST_CHECK_EXCEPTION(api.RefreshToken(first), Error,
                        [](const Error& error) { return error.errc() == Errc::kPermissionDenied; });
  const ParsecTokens last = ParsecTokenFile(path)->Load(kPrivate).value();
  BOOST_CHECK_EXCEPTION(api.RefreshToken(last), Error,
                        [](const Error& error) { return error.errc() == Errc::kPermissionDenied; });
}

/// A store that dies in the middle of things.
class DyingStore final : public ParsecTokenStore {
 public:
  explicit DyingStore(std::shared_ptr<ParsecTokenStore> kept) : kept_(std::move(kept)) {}
  std::optional<ParsecTokens> Load(const std::string& channel) override { return kept_->Load(channel); }
  void Save(const std::string& channel, const ParsecTokens& tokens) override {
    kept_->Save(channel, tokens);
    throw Error(Errc::kStateFailed, "died after the save");
  }

 private:
  const std::shared_ptr<ParsecTokenStore> kept_;
};

BOOST_FIXTURE_TEST_CASE(C71_a_rotation_interrupted_between_save_and_use_goes_on_with_what_was_saved, ShortLived) {
  const auto kept = ParsecTokenMemory();
  const ParsecTokens first = api.CreatePrivate(kPrivate);
  kept->Save(kPrivate, first);
  {
    const auto dying = Connected("s", With(std::make_shared<DyingStore>(kept)));
    Errors errors;
    Subscription subscription = dying->Subscribe(kPrivate, {}, [&](Subscription& s) { errors.AttachTo(s); });
    BOOST_TEST(errors.AwaitAny([](const Error& error) { return error.channel() == kPrivate; }));
  }
  BOOST_TEST(kept->Load(kPrivate)->refresh != first.refresh);
  const auto publisher = Connected("p", Options());
  const auto member = Connected("s", With(kept));
  Collector collector;
  Subscription subscription = member->Subscribe(kPrivate, {}, [&](Subscription& s) { collector.AttachTo(s); });
  PublishUntilSeen(*publisher, collector, kPrivate);
}

BOOST_FIXTURE_TEST_CASE(C71_a_rotation_whose_answer_was_lost_ends_the_subscription_and_asks_for_new_tokens,
                        ShortLived) {
  const auto kept = ParsecTokenMemory();
  kept->Save(kPrivate, api.CreatePrivate(kPrivate));
  server.SwallowAnswerOf("RefreshToken");
  const auto member = Connected("s", With(kept));
  Errors errors;
  Subscription subscription = member->Subscribe(kPrivate, {}, [&](Subscription& s) { errors.AttachTo(s); });
  BOOST_TEST(errors.AwaitAny([](const Error& error) { return error.errc() == Errc::kUnauthorized; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// The two halves of the Parsec transport as one, over a receiver and an HTTP engine that do what the test says.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/transport_driver.h"
#include "transport/parsec/transport.h"

namespace gapless::parsec {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const std::string kPublic = "public:a.b";
const std::string kPrivate = "private:a.b.c";

/// Writes down what it is asked; reports what the test says.
class FakeReceiver final : public Transport {
 public:
  explicit FakeReceiver(WebSocketOptions given) : options(std::move(given)) {}

  TransportTraits Traits() const override { return {}; }
  void Start(std::weak_ptr<TransportListener> told) override { listener = std::move(told); }
  void Connect(std::uint64_t connection) override { asked.push_back("connect " + std::to_string(connection)); }
  void Send(std::uint64_t, std::vector<TransportRequest> requests) override {
    for (const TransportRequest& request : requests) {
      if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
        asked.push_back("subscribe " + subscribe->channel);
      } else if (const auto* unsubscribe = std::get_if<UnsubscribeRequest>(&request.body)) {
        asked.push_back("unsubscribe " + unsubscribe->channel);
        own = request.id;
      } else {
        asked.emplace_back("other");
      }
    }
  }
  void Disconnect(std::uint64_t connection) override { asked.push_back("disconnect " + std::to_string(connection)); }
  void Stop() override { asked.emplace_back("stop"); }

  void Report(std::uint64_t connection, decltype(TransportEvent::body) body) {
    std::vector<TransportEvent> events;
    events.push_back({connection, std::move(body)});
    if (const auto told = listener.lock()) told->OnTransportEvents(std::move(events));
  }

  const WebSocketOptions options;
  std::weak_ptr<TransportListener> listener;
  Lines asked;
  std::uint64_t own = 0;
};

/// Keeps requests until the test answers them.
class FakeHttp final : public net::HttpEngine {
 public:
  struct Call final : net::HttpCall {
    explicit Call(bool& gone) : cancelled(gone) {}
    ~Call() override { cancelled = true; }
    void Cancel() override { cancelled = true; }
    bool& cancelled;
  };
  struct Sent {
    net::HttpRequest request;
    Done done;
    bool gone = false;
  };

  std::unique_ptr<net::HttpCall> Send(net::HttpRequest request, Done done) override {
    sent.push_back(std::make_unique<Sent>(Sent{std::move(request), std::move(done)}));
    if (at_once) sent.back()->done(net::HttpResponse{200, {}, *at_once});
    return std::make_unique<Call>(sent.back()->gone);
  }
  std::unique_ptr<net::HttpCall> Stream(net::HttpRequest, std::weak_ptr<net::HttpParts>, Done) override {
    throw std::logic_error("nothing here is streamed");
  }
  void Answer(std::size_t index, std::uint16_t status, std::string body) {
    sent.at(index)->done(net::HttpResponse{status, {}, std::move(body)});
  }

  std::vector<std::unique_ptr<Sent>> sent;
  /// Where somebody waits for the answer.
  std::optional<std::string> at_once;
};

struct World {
  explicit World(ParsecOptions options = {.url = "http://host:8000"}) {
    transport = MakeTransport(
        options, http,
        [this](const WebSocketOptions& receiving) {
          receiver = std::make_shared<FakeReceiver>(receiving);
          return receiver;
        },
        runtime);
    transport->Start(recorder);
    transport->Connect(1);
    receiver->Report(1, ConnectedEvent{"c"});
  }

  void Ask(std::uint64_t id, decltype(TransportRequest::body) body, std::uint64_t connection = 1) {
    std::vector<TransportRequest> requests;
    requests.push_back({id, std::move(body)});
    transport->Send(connection, std::move(requests));
    runtime->Settle();
  }
  void Publish(std::uint64_t id, const std::string& channel = kPublic) {
    Ask(id, PublishRequest{channel, std::make_shared<const std::string>("{}")});
  }
  void RefuseSubscribe(std::uint64_t id) {
    receiver->Report(1, ReplyEvent{id, ErrorReply{Error(Errc::kServerRefused, "internal").WithServerCode(100), true}});
  }
  Lines Told() {
    runtime->Settle();
    Lines all = recorder->log();
    Lines fresh(all.begin() + static_cast<std::ptrdiff_t>(seen), all.end());
    seen = all.size();
    return fresh;
  }

  std::shared_ptr<ManualRuntime> runtime = std::make_shared<ManualRuntime>();
  std::shared_ptr<FakeHttp> http = std::make_shared<FakeHttp>();
  std::shared_ptr<FakeReceiver> receiver;
  std::shared_ptr<test::TransportRecorder> recorder = std::make_shared<test::TransportRecorder>();
  std::shared_ptr<Transport> transport;
  std::size_t seen = 0;
};

constexpr const char* kPublished = R"({"offset":"7","epoch":"e"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_transport)

BOOST_AUTO_TEST_CASE(TheReceiversAddressFollowsFromTheServers) {
  BOOST_TEST(World().receiver->options.url == "ws://host:8000/connection/websocket");
  BOOST_TEST(World({.url = "https://host/p/"}).receiver->options.url == "wss://host/p/connection/websocket");
}

BOOST_AUTO_TEST_CASE(BothWiresKnowTheServerInTheSameWay) {
  const test::TemporaryFolder folder;
  const test::Authority authority(folder / "", "authority");
  World world({.url = "https://host", .engine = WebSocketEngineKind::kBeast, .tls = {.ca_file = authority.file()}});
  world.Publish(1);
  BOOST_TEST(world.http->sent.at(0)->request.tls.ca_file == authority.file());
  BOOST_TEST(world.receiver->options.tls.ca_file == authority.file());
  BOOST_TEST((world.receiver->options.engine == WebSocketEngineKind::kBeast));
}

BOOST_AUTO_TEST_CASE(PublishesGoByHttpAndAllElseByTheReceiver) {
  World world({.url = "http://host:8000", .management_token = "m"});
  world.Told();
  world.Publish(1);
  world.Ask(2, SubscribeRequest{kPublic, std::nullopt});
  BOOST_REQUIRE(world.http->sent.size() == 1U);
  const net::HttpRequest& request = world.http->sent[0]->request;
  BOOST_TEST(request.url == "http://host:8000/twirp/parsec.ParsecService/Publish");
  BOOST_TEST(request.headers.at("Authorization") == "Bearer m");
  BOOST_TEST(request.body == R"({"name":"public:a.b","data":"e30="})");
  BOOST_TEST(world.receiver->asked.back() == "subscribe public:a.b");
  world.http->Answer(0, 200, kPublished);
  const Lines told = world.Told();
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].starts_with("1: "));
}

BOOST_AUTO_TEST_CASE(ALostConnectionEndsItsPublishesWithoutAWord) {
  World world;
  world.Publish(1);
  world.receiver->Report(1, DisconnectedEvent{Error(Errc::kConnectionLost, "lost"), true});
  world.Told();
  BOOST_TEST(world.http->sent[0]->gone);
  world.http->Answer(0, 200, kPublished);
  BOOST_TEST(world.Told() == Lines{});
  world.transport->Connect(2);
  world.Publish(1);
  BOOST_TEST(world.http->sent.size() == 1U);
}

BOOST_AUTO_TEST_CASE(NothingIsToldOfAConnectionThatTheClientEnded) {
  World world;
  world.Publish(1);
  world.transport->Disconnect(1);
  world.Told();
  world.http->Answer(0, 200, kPublished);
  world.receiver->Report(1, PublicationEvent{kPublic, {"{}", 1}});
  BOOST_TEST(world.Told() == Lines{});
}

BOOST_AUTO_TEST_CASE(C75_a_masked_refusal_ends_as_a_final_one) {
  World world({.url = "http://host:8000", .max_subscribe_refusals = 2});
  std::vector<bool> temporary;
  world.recorder->first = [&](const std::vector<TransportEvent>& events) {
    const auto* reply = std::get_if<ReplyEvent>(&events.at(0).body);
    if (reply != nullptr) temporary.push_back(std::get<ErrorReply>(reply->body).temporary);
  };
  for (std::uint64_t id = 1; id <= 2; ++id) {
    world.Ask(id, SubscribeRequest{kPublic, std::nullopt});
    world.RefuseSubscribe(id);
  }
  BOOST_TEST(temporary == (std::vector<bool>{true, false}));
}

BOOST_AUTO_TEST_CASE(C76_a_rejected_access_token_is_exchanged_saved_and_used_and_the_spent_one_not_sent_again) {
  const auto store = ParsecTokenMemory();
  store->Save(kPrivate, {"a1", "r1", std::int64_t{1} << 40U, 0});
  World world({.url = "http://host:8000", .tokens = store});
  const auto& prepare = world.receiver->options.get_subscription_token;
  BOOST_TEST(prepare(kPrivate) == "a1");
  BOOST_TEST(prepare(kPublic).empty());
  world.Ask(1, SubscribeRequest{kPrivate, std::nullopt});
  BOOST_TEST((world.receiver->asked == Lines{"connect 1", "unsubscribe " + kPrivate, "subscribe " + kPrivate}));
  world.RefuseSubscribe(1);
  world.http->at_once = R"({"access_token":"a2","access_expires_unix":"1099511627776","refresh_token":"r2",)"
                        R"("refresh_expires_unix":"0","rotated":true})";
  BOOST_TEST(prepare(kPrivate) == "a2");
  BOOST_TEST(store->Load(kPrivate)->refresh == "r2");
  BOOST_TEST(prepare(kPrivate) == "a2");
  BOOST_REQUIRE(world.http->sent.size() == 1U);
  BOOST_TEST(world.http->sent[0]->request.body == R"({"refresh_token":"r1"})");
  BOOST_TEST(!world.http->sent[0]->request.headers.contains("Authorization"));
}

BOOST_AUTO_TEST_CASE(AnswersToOurOwnRequestsAreNotTold) {
  World world({.url = "http://host:8000", .tokens = ParsecTokenMemory()});
  world.Told();
  world.Ask(1, SubscribeRequest{kPrivate, std::nullopt});
  world.receiver->Report(1, ReplyEvent{world.receiver->own, UnsubscribeReply{}});
  BOOST_TEST(world.Told() == Lines{});
}

BOOST_AUTO_TEST_CASE(APublicChannelIsOpenedBeforeItIsJoined) {
  World world({.url = "http://host:8000", .management_token = "m", .open_public = 60s});
  world.http->at_once = R"({"channel":{}})";
  BOOST_TEST(world.receiver->options.get_subscription_token(kPublic).empty());
  BOOST_REQUIRE(world.http->sent.size() == 1U);
  BOOST_TEST(world.http->sent[0]->request.body == R"({"name":"public:a.b","ttl_seconds":60})");
}

BOOST_AUTO_TEST_CASE(ATokenStoreThatFailsIsToldAndTheSubscriptionMayBeTriedAgain) {
  struct Failing final : ParsecTokenStore {
    std::optional<ParsecTokens> Load(const std::string&) override { throw std::runtime_error("no disk"); }
    void Save(const std::string&, const ParsecTokens&) override {}
  };
  World world({.url = "http://host:8000", .tokens = std::make_shared<Failing>()});
  BOOST_CHECK_EXCEPTION(world.receiver->options.get_subscription_token(kPrivate), Error, [](const Error& error) {
    return error.errc() == Errc::kHandlerThrew && std::string(error.what()).find("no disk") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(OptionsThatCannotWorkAreRefused) {
  const auto invalid = [](const Error& error) { return error.errc() == Errc::kInvalidArgument; };
  BOOST_CHECK_EXCEPTION(Parsec({.url = "http://host", .max_subscribe_refusals = 0}), Error, invalid);
  BOOST_CHECK_EXCEPTION(Parsec({.url = "http://host", .open_public = -1s}), Error, invalid);
  BOOST_CHECK_EXCEPTION(Parsec({.url = "host"}), Error, invalid);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::parsec

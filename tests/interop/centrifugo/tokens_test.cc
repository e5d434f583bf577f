// Tokens, checked by a real Centrifugo that lets them expire fast.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub_token.h"
#include "tests/engine_under_test.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/loopback/collector.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::CentrifugoServer;
using test::Collector;
using test::kPatience;

constexpr const char* kSecret = "test-hmac-secret";
const std::string kOpen = "open:app.room.1";
const std::string kClosed = "closed:app.room.1";

/// Good for `life`, or up to a second less: tokens know whole seconds only.
std::string Token(std::chrono::seconds life, const std::string& channel = {}) {
  HubTokenClaims claims{.user = "ada", .info = R"({"name":"Ada"})", .channel = channel};
  claims.expires = std::chrono::system_clock::now() + life;
  return MintHubToken(kSecret, claims);
}

/// What tests wait for: the n-th call, and states and errors of a client.
class Watch {
 public:
  int Count(const std::string& what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    changed_.notify_all();
    return ++counts_[what];
  }
  bool Await(const std::string& what, int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return counts_[what] >= count; });
  }
  int count(const std::string& what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_[what];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> counts_;
};

std::string Name(const Error& error) {
  return "error " + std::to_string(static_cast<int>(error.errc())) + "/" + std::to_string(error.server_code());
}

struct Fixture {
  CentrifugoServer server{CentrifugoServer::Tokens{}};
  Watch watch;
  Collector collector;

  std::unique_ptr<Client> Connected(const std::string& id, std::function<std::string()> get,
                                    std::function<std::string(const std::string&)> get_subscription = {}) {
    auto client = test::NewClient(WebSocket({.url = server.url(),
                                             .get_token = std::move(get),
                                             .get_subscription_token = std::move(get_subscription),
                                             .engine = test::EngineUnderTest()}),
                                  id);
    client->OnError([this](const Error& error) { watch.Count(Name(error)); });
    client->OnStateChange([this](ConnectionState state, const std::optional<Error>&) {
      if (state == ConnectionState::kConnected) watch.Count("connected");
      if (state == ConnectionState::kFailed) watch.Count("failed");
    });
    client->Connect();
    return client;
  }
  static void Publish(Client& client, const std::string& channel) {
    client.Publish(channel, Draft{.aspect = "data", .payload = "1"});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tokens, Fixture)

BOOST_AUTO_TEST_CASE(C22_RefreshingAheadOfTimeKeepsConnectionAndStreamWhole) {
  const auto client = Connected("p", [this] {
    watch.Count("fetch");
    return Token(2s);
  });
  Subscription subscription =
      client->Subscribe(kOpen, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  // Each of these outlives the token before it: without refreshing, the server ends connections after three seconds.
  for (int fetch = 1; fetch <= 4; ++fetch) {
    BOOST_REQUIRE(watch.Await("fetch", fetch));
    Publish(*client, kOpen);
  }
  BOOST_TEST(collector.WaitForCount(4));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(watch.count("connected") == 1);
  const auto present = client->Presence(kOpen);
  BOOST_REQUIRE(present.size() == 1U);
  BOOST_TEST(present.front().user_id == "ada");
  BOOST_TEST(present.front().info == R"({"name":"Ada"})");
}

BOOST_AUTO_TEST_CASE(C8_AnExpiredTokenIsFetchedAnew) {
  const auto client = Connected("p", [this] { return Token(watch.Count("fetch") == 1 ? -10s : 100s); });
  BOOST_TEST(watch.Await("connected", 1));
  BOOST_TEST(watch.count("fetch") == 2);
  BOOST_TEST(watch.count("error 55/109") == 1);
  Publish(*client, kOpen);
}

BOOST_AUTO_TEST_CASE(AServerThatExpiresAConnectionGetsANewToken) {
  // The third fetch is the first after the expiry: the refresh ahead of it has failed, and is not due again for
  // seconds.
  const auto client = Connected("p", [this]() -> std::string {
    if (watch.Count("fetch") == 2) throw std::runtime_error("no network");
    return Token(watch.count("fetch") == 1 ? 2s : 100s);
  });
  BOOST_TEST(watch.Await("connected", 2));
  BOOST_TEST(watch.count("error 65/0") == 1);
  BOOST_TEST(watch.count("error 55/3005") == 1);
  BOOST_TEST(watch.count("fetch") == 3);
}

BOOST_AUTO_TEST_CASE(C24_AnInvalidTokenIsTerminalAndSaysWhy) {
  const auto client = Connected("p", [] { return MintHubToken("another secret", {.user = "ada"}); });
  BOOST_TEST(watch.Await("failed", 1));
  BOOST_TEST(watch.Await("error 55/3500", 1));
  BOOST_TEST(watch.count("connected") == 0);
}

BOOST_AUTO_TEST_CASE(NoTokenAtAllIsTerminal) {
  const auto client = Connected("p", [] { return std::string(); });
  BOOST_TEST(watch.Await("failed", 1));
  BOOST_TEST(watch.Await("error 52/3501", 1));
}

BOOST_AUTO_TEST_CASE(AFunctionThatThrowsIsCalledAgain) {
  const auto client = Connected("p", [this]() -> std::string {
    if (watch.Count("fetch") < 3) throw std::runtime_error("no network");
    return Token(100s);
  });
  BOOST_TEST(watch.Await("connected", 1));
  BOOST_TEST(watch.count("error 65/0") == 2);
}

BOOST_AUTO_TEST_CASE(C23_ASubscriptionWithATokenLivesOnThroughRefreshes) {
  const auto client = Connected(
      "p", [] { return Token(300s); },
      [this](const std::string& channel) {
        watch.Count("fetch");
        return Token(2s, channel);
      });
  std::atomic<int> errors = 0;
  Subscription subscription = client->Subscribe(kClosed, {.from_start = true}, [&](Subscription& s) {
    collector.AttachTo(s);
    s.OnError([&](const Error&) { ++errors; });
  });
  // Without refreshing, the server ends subscriptions after three to four seconds.
  for (int fetch = 1; fetch <= 5; ++fetch) {
    BOOST_REQUIRE(watch.Await("fetch", fetch));
    Publish(*client, kClosed);
  }
  BOOST_TEST(collector.WaitForCount(5));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(errors == 0);
  BOOST_TEST(watch.count("connected") == 1);
}

BOOST_AUTO_TEST_CASE(C12_AnExpiredSubscriptionTokenIsFetchedAnew) {
  const auto client = Connected(
      "p", [] { return Token(300s); },
      [this](const std::string& channel) { return Token(watch.Count("fetch") == 1 ? -10s : 100s, channel); });
  Subscription subscription =
      client->Subscribe(kClosed, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Publish(*client, kClosed);
  BOOST_TEST(collector.WaitForCount(1));
  BOOST_TEST(watch.count("error 55/109") == 1);
  BOOST_TEST(watch.count("fetch") == 2);
}

BOOST_AUTO_TEST_CASE(C12_WithoutAGoodTokenAClosedChannelIsRefusedForGood) {
  const auto client = Connected(
      "p", [] { return Token(300s); },
      [](const std::string& channel) { return channel == kClosed ? std::string() : std::string("a.b.c"); });
  for (const std::string& channel : {kClosed, std::string("closed:other")}) {
    Subscription subscription = client->Subscribe(channel, {}, [&](Subscription& s) {
      collector.AttachTo(s);
      s.OnError([this, channel](const Error& error) { watch.Count(channel + " " + Name(error)); });
    });
    BOOST_TEST(watch.Await(channel + " error 54/103", 1));
  }
  BOOST_TEST(watch.count("connected") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

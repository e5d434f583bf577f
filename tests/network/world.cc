#include "tests/network/world.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <utility>

namespace gapless::test {
namespace {

using namespace std::chrono_literals;

/// Envelopes that a publisher may be ahead of the slowest reader. A recovery carries about so many, so that it passes
/// through connections that live for some thousand bytes.
constexpr std::int64_t kWindow = 6;
constexpr int kOfEachPerChannel = 2;

}  // namespace

std::unique_ptr<Client> HastyClient(const std::string& url, const std::string& id) {
  ClientOptions options{.transport = WebSocket({.url = url, .connect_timeout = 500ms, .max_ping_delay = 200ms}),
                        .producer = {.id = id, .kind = ProducerKind::kService}};
  options.reconnect = {.min_delay = 1ms, .max_delay = 20ms, .stable_after = 1s};
  options.answer_timeout = 250ms;
  options.close_timeout = 100ms;
  auto client = std::make_unique<Client>(std::move(options));
  // A changed byte can make a request of what no client may send, and the server's answer to that is for good.
  client->OnStateChange([&client = *client](ConnectionState state, const std::optional<Error>&) {
    if (state == ConnectionState::kFailed) client.Connect();
  });
  client->Connect();
  return client;
}

Publisher::Publisher(const std::string& url, std::string id, std::string channel, std::vector<Account*> readers)
    : id_(std::move(id)),
      channel_(std::move(channel)),
      readers_(std::move(readers)),
      client_(HastyClient(url, id_)),
      thread_([this] { Run(); }) {}

Publisher::~Publisher() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool Publisher::FarAhead() const {
  return std::any_of(readers_.begin(), readers_.end(),
                     [this](const Account* reader) { return last_ - reader->Reached(id_) >= kWindow; });
}

void Publisher::PublishNext() {
  const std::int64_t next = last_ + 1;
  try {
    const Receipt receipt = client_->Enqueue(channel_, Draft{.aspect = "a", .payload = std::to_string(next)});
    if (receipt.sequence != next) broken_.push_back("P1: not " + std::to_string(next));
    last_ = receipt.sequence;
  } catch (const Error& error) {
    broken_.push_back("P4: " + std::to_string(next) + " is refused: " + error.what());
    stop_ = true;
  }
}

void Publisher::Run() {
  while (!stop_) {
    if (FarAhead()) {
      // Paces the load; nothing depends on it.
      std::this_thread::sleep_for(1ms);
      continue;
    }
    PublishNext();
  }
}

bool Publisher::Finish() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  // Shows what the server may have forgotten of those before.
  PublishNext();
  return client_->Flush(kPatience);
}

Subscriber::Subscriber(const std::string& url, const std::string& id, const std::string& channel)
    : id_(id), client_(HastyClient(url, id)) {
  client_->Subscribe(channel, {.from_start = true, .open_gap_patience = std::chrono::minutes(10)},
                     [this](Subscription& subscription) { account_.AttachTo(subscription); });
}

World::World(std::uint64_t seed, int channels, HubOptions options)
    : hub_(std::make_shared<Hub>(options)),
      server_(std::make_unique<HubServer>(hub_, HubServerOptions{.ping_interval = 1s, .pong_timeout = 500ms})),
      proxy_(std::make_unique<Proxy>(server_->port(), seed)) {
  for (int index = 0; index < channels; ++index) {
    Room room;
    room.channel = Channel(index);
    std::vector<Account*> readers;
    for (int n = 0; n < kOfEachPerChannel; ++n) {
      const std::string id = "s-" + std::to_string(index) + "-" + std::to_string(n);
      room.subscribers.push_back(std::make_unique<Subscriber>(proxy_->url(), id, room.channel));
      readers.push_back(&room.subscribers.back()->account());
    }
    for (int n = 0; n < kOfEachPerChannel; ++n) {
      const std::string id = "p-" + std::to_string(index) + "-" + std::to_string(n);
      room.publishers.push_back(std::make_unique<Publisher>(proxy_->url(), id, room.channel, readers));
    }
    rooms_.push_back(std::move(room));
  }
}

World::~World() {
  // Those who read outlive those who look at how far they are.
  for (Room& room : rooms_) room.publishers.clear();
}

void World::FinishAndCheck() {
  proxy_->Heal();
  for (Room& room : rooms_) {
    for (const auto& publisher : room.publishers) {
      BOOST_TEST(publisher->Finish(), publisher->id() << " is not acknowledged");
      BOOST_TEST(publisher->broken() == std::vector<std::string>{}, boost::test_tools::per_element());
      const Stats stats = publisher->client().Stats();
      BOOST_TEST(stats.acknowledged == static_cast<std::uint64_t>(publisher->last()));
      BOOST_TEST(stats.unacknowledged == 0U);
    }
    for (const auto& subscriber : room.subscribers) {
      Account& account = subscriber->account();
      std::int64_t all = 0;
      for (const auto& publisher : room.publishers) {
        BOOST_TEST(account.WaitForStream(publisher->id(), publisher->last(), kPatience),
                   publisher->id() << " published " << publisher->last() << ", reached is "
                                   << account.Reached(publisher->id()));
        all += publisher->last();
      }
      BOOST_TEST(account.delivered() + account.missing() == static_cast<std::size_t>(all));
      BOOST_TEST(account.broken() == std::vector<std::string>{}, boost::test_tools::per_element());
    }
  }
}

std::string World::AwaitConnected() {
  std::string offline;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto await = [&offline, deadline](const std::string& id, Client& client) {
    // What failed is about to connect again.
    while (std::chrono::steady_clock::now() < deadline) {
      if (client.WaitUntilConnected(kPatience)) return;
      std::this_thread::sleep_for(1ms);
    }
    const std::optional<Error> error = client.Stats().last_error;
    offline += id + " is not connected" + (error ? ": " + std::string(error->what()) : std::string()) + "\n";
  };
  for (Room& room : rooms_) {
    for (const auto& publisher : room.publishers) await(publisher->id(), publisher->client());
    for (const auto& subscriber : room.subscribers) await(subscriber->id(), subscriber->client());
  }
  return offline;
}

std::uint64_t World::connects() const {
  std::uint64_t sum = 0;
  for (const Room& room : rooms_) {
    for (const auto& publisher : room.publishers) sum += publisher->client().Stats().connects;
    for (const auto& subscriber : room.subscribers) sum += subscriber->client().Stats().connects;
  }
  return sum;
}

std::int64_t World::published() const {
  std::int64_t sum = 0;
  for (const Room& room : rooms_) {
    for (const auto& publisher : room.publishers) sum += publisher->last();
  }
  return sum;
}

std::size_t World::missing() const {
  std::size_t sum = 0;
  for (const Room& room : rooms_) {
    for (const auto& subscriber : room.subscribers) sum += subscriber->account().missing();
  }
  return sum;
}

std::size_t World::open_gaps() const {
  std::size_t sum = 0;
  for (const Room& room : rooms_) {
    for (const auto& subscriber : room.subscribers) sum += subscriber->account().open_gaps();
  }
  return sum;
}

}  // namespace gapless::test

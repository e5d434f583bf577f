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
/// Of a millisecond each, before it publishes all the same.
constexpr int kWaitsForReaders = 200;

}  // namespace

Publisher::Publisher(std::shared_ptr<Transport> transport, std::string id, std::string channel,
                     std::vector<Account*> readers)
    : id_(std::move(id)),
      channel_(std::move(channel)),
      readers_(std::move(readers)),
      client_(HastyClient(std::move(transport), id_)),
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
  int waits = 0;
  while (!stop_) {
    // Where the server has forgotten what they have not seen, only another envelope shows it.
    if (!may_publish_ || (FarAhead() && ++waits < kWaitsForReaders)) {
      // Paces the load; nothing depends on it.
      std::this_thread::sleep_for(1ms);
      continue;
    }
    waits = 0;
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

Subscriber::Subscriber(std::shared_ptr<Transport> transport, const std::string& id, const std::string& channel)
    : id_(id), client_(HastyClient(std::move(transport), id)) {
  client_->Subscribe(channel, {.from_start = true, .open_gap_patience = std::chrono::minutes(10)},
                     [this](Subscription& subscription) { account_.AttachTo(subscription); });
}

World::World(std::uint64_t seed, HubOptions options)
    : hub_(std::make_shared<Hub>(options)),
      server_(std::make_unique<HubServer>(hub_, HubServerOptions{.ping_interval = 1s, .pong_timeout = 500ms})),
      proxy_(std::make_unique<Proxy>(server_->port(), seed)) {
  for (std::size_t channel = 0; channel < kChannels; ++channel) {
    Room room;
    room.channel = Channel(channel);
    std::vector<Account*> readers;
    for (std::size_t n = 0; n < kOfEachPerChannel; ++n) {
      const Carrier& carrier = kCarriers.at(channel * kOfEachPerChannel + n);
      room.subscribers.push_back(
          std::make_unique<Subscriber>(Over(carrier, proxy_->port()), "s-" + ToString(carrier), room.channel));
      readers.push_back(&room.subscribers.back()->account());
    }
    for (std::size_t n = 0; n < kOfEachPerChannel; ++n) {
      const Carrier& carrier = kCarriers.at(((channel + 1) * kOfEachPerChannel + n) % kCarriers.size());
      room.publishers.push_back(
          std::make_unique<Publisher>(Over(carrier, proxy_->port()), "p-" + ToString(carrier), room.channel, readers));
    }
    rooms_.push_back(std::move(room));
  }
}

World::~World() {
  // Those who read outlive those who look at how far they are.
  for (Room& room : rooms_) room.publishers.clear();
}

void World::LetPublish(bool may) {
  for (Room& room : rooms_) {
    for (const auto& publisher : room.publishers) publisher->LetPublish(may);
  }
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

std::string World::Progress() const {
  std::string text;
  for (const Room& room : rooms_) {
    for (const auto& publisher : room.publishers) {
      text += publisher->id() + ": " + std::to_string(publisher->last()) + " published, " +
              std::to_string(publisher->client().Stats().connects) + " connections made\n";
    }
    for (const auto& subscriber : room.subscribers) {
      text += subscriber->id() + ": " + std::to_string(subscriber->account().delivered()) + " delivered, " +
              std::to_string(subscriber->client().Stats().connects) + " connections made\n";
    }
  }
  return text;
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

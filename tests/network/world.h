#ifndef GAPLESS_TESTS_NETWORK_WORLD_H_
#define GAPLESS_TESTS_NETWORK_WORLD_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "tests/network/account.h"
#include "tests/network/carrier.h"
#include "tests/network/proxy.h"

namespace gapless::test {

// Only a bound for a test that hangs: nothing is measured with it.
constexpr std::chrono::seconds kPatience{120};

/// Publishes on one channel without end, but never far ahead of those who read it.
class Publisher {
 public:
  /// `readers` outlive it.
  Publisher(std::shared_ptr<Transport> transport, std::string id, std::string channel, std::vector<Account*> readers);
  ~Publisher();

  /// Whether it goes on publishing.
  void LetPublish(bool may) { may_publish_ = may; }
  /// Ends publishing with one last envelope and waits until everything is acknowledged. False when it was not. Call it
  /// once the network is mended.
  bool Finish();
  const std::string& id() const { return id_; }
  /// Of the last envelope accepted.
  std::int64_t last() const { return last_; }
  Client& client() { return *client_; }
  std::vector<std::string> broken() const { return broken_; }

 private:
  void Run();
  void PublishNext();
  bool FarAhead() const;

  const std::string id_;
  const std::string channel_;
  const std::vector<Account*> readers_;
  const std::unique_ptr<Client> client_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> may_publish_{true};
  std::atomic<std::int64_t> last_{0};
  std::vector<std::string> broken_;
  std::thread thread_;
};

/// Subscribes to one channel and holds what comes against the promises.
class Subscriber {
 public:
  Subscriber(std::shared_ptr<Transport> transport, const std::string& id, const std::string& channel);

  const std::string& id() const { return id_; }
  Account& account() { return account_; }
  Client& client() { return *client_; }

 private:
  const std::string id_;
  Account account_;
  const std::unique_ptr<Client> client_;
};

/// A hub, a bad network before it, and clients at work: on each channel two publishers and two subscribers. Over each
/// carrier there is one of both, so that every publisher is read over another carrier than its own.
class World {
 public:
  static constexpr std::size_t kOfEachPerChannel = 2;
  static constexpr std::size_t kChannels = kCarriers.size() / kOfEachPerChannel;

  World(std::uint64_t seed, HubOptions options);
  ~World();

  Hub& hub() { return *hub_; }
  Proxy& proxy() { return *proxy_; }
  static std::string Channel(std::size_t index) { return "public:network.channel-" + std::to_string(index); }

  /// Whether the publishers go on.
  void LetPublish(bool may);
  /// Mends the network, lets everybody finish, and checks what came of it all.
  void FinishAndCheck();
  /// Which clients are not connected within `kPatience`, and why: a line for each.
  std::string AwaitConnected();
  /// What each client has done, a line for each.
  std::string Progress() const;
  std::size_t missing() const;
  std::size_t open_gaps() const;

 private:
  struct Room {
    std::string channel;
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    std::vector<std::unique_ptr<Publisher>> publishers;
  };

  const std::shared_ptr<Hub> hub_;
  const std::unique_ptr<HubServer> server_;
  const std::unique_ptr<Proxy> proxy_;
  std::vector<Room> rooms_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_WORLD_H_

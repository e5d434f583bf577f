#ifndef GAPLESS_TESTS_NETWORK_PROXY_H_
#define GAPLESS_TESTS_NETWORK_PROXY_H_

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/network/fault_plan.h"
#include "tests/network/link.h"

namespace gapless::test {

/// A bad network between clients and one server on this machine: nearly every connection through it meets one fault,
/// and the next one another. Thread-safe; has one thread of its own.
class Proxy : private Link::Fate {
 public:
  using Counts = std::array<std::array<std::size_t, kFaultKinds>, kPurposes>;

  Proxy(std::uint16_t server_port, std::uint64_t seed);
  /// Resets every connection.
  ~Proxy() override;
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Where clients connect to, on this machine.
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// From now on connections meet no faults; those that met theirs already are reset. Returns once that is done.
  void Heal();
  /// Faults again, for connections made from now on; those of before are reset.
  void Worsen();
  /// Waits until so many faults have happened in all. False when they did not within `patience`.
  bool WaitForFaults(std::size_t count, std::chrono::seconds patience) const;
  /// Waits until connections of each purpose have met each fault that they can. False when they did not within
  /// `patience`.
  bool WaitForEachFault(std::chrono::seconds patience) const;
  std::size_t faults() const;
  /// How often connections of each purpose have met each fault.
  Counts counts() const;

 private:
  void Accept();
  void OnThread(const std::function<void()>& task);
  Fault Draw(Purpose purpose) override;
  void OnStruck(Purpose purpose, FaultKind kind) override;

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const boost::asio::ip::tcp::endpoint server_;
  FaultPlan plan_;
  bool faulty_ = true;
  std::vector<std::weak_ptr<Link>> links_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t faults_ = 0;
  Counts counts_{};

  std::thread thread_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_PROXY_H_

#ifndef GAPLESS_TESTS_NETWORK_LINK_H_
#define GAPLESS_TESTS_NETWORK_LINK_H_

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/network/fault_plan.h"

namespace gapless::test {

/// One connection of a client through the proxy, with the fault that it meets. Lives on the proxy's one thread, for as
/// long as anything is left to do.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// `struck` is called when the fault happens.
  Link(Tcp::socket client, Fault fault, std::function<void(FaultKind)> struck);

  void Start(const Tcp::endpoint& server);
  /// No fault from here on. A connection that its fault has struck already is reset.
  void Heal();
  /// Ends it at once.
  void Reset();

 private:
  enum class State {
    kPassing,     ///< Bytes pass; the fault is yet to come.
    kSlow,        ///< A few bytes at a time.
    kSwallowing,  ///< Bytes are taken and lost.
    kHolding,     ///< Those to the server are kept for later, the others lost.
    kOver,
  };

  /// One way of the connection.
  struct Way {
    Tcp::socket& from;
    Tcp::socket& to;
    Direction direction;
    std::size_t passed = 0;
    std::size_t filled = 0;
    std::array<char, 8'192> buffer{};
  };

  void Read(Way& way);
  void OnRead(Way& way);
  void Write(Way& way, std::size_t from, std::size_t to, const std::function<void()>& then);
  void Pass(Way& way, std::size_t from);
  void PassSlowly(Way& way, std::size_t from);
  void Strike(Way& way, std::size_t at);
  void Hold(std::string_view bytes);
  void DeliverHeld();
  void After(std::chrono::milliseconds delay, const std::function<void()>& then);
  void End();

  Tcp::socket client_;
  Tcp::socket server_;
  boost::asio::steady_timer timer_;
  Fault fault_;
  const std::function<void(FaultKind)> struck_;
  State state_ = State::kPassing;
  std::string held_;
  Way to_server_{client_, server_, Direction::kToServer};
  Way to_client_{server_, client_, Direction::kToClient};
  boost::asio::steady_timer slow_to_server_;
  boost::asio::steady_timer slow_to_client_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_LINK_H_

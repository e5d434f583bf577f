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

  /// Who decides what it meets.
  class Fate {
   public:
    virtual ~Fate() = default;
    virtual Fault Draw(Purpose purpose) = 0;
    /// The fault happens.
    virtual void OnStruck(Purpose purpose, FaultKind kind) = 0;
  };

  /// `fate` outlives it.
  Link(Tcp::socket client, const Tcp::endpoint& server, Fate& fate);

  /// Its fault is drawn once its client has said what it is for.
  void Start();
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
    kPaused,      ///< Nothing is taken; what has been taken waits.
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

  void OnPurpose();
  void Connect(const std::function<void()>& then);
  void Read(Way& way);
  void OnRead(Way& way);
  bool IsDue(const Way& way) const;
  void Write(Way& way, std::size_t from, std::size_t to, const std::function<void()>& then);
  void Pass(Way& way, std::size_t from);
  void PassSlowly(Way& way, std::size_t from);
  void Strike(Way& way, std::size_t at);
  void Resume(Way& way, std::size_t at);
  void Hold(std::string_view bytes);
  void DeliverHeld();
  void OnEnd();
  void After(std::chrono::milliseconds delay, const std::function<void()>& then);
  void End();

  Tcp::socket client_;
  Tcp::socket server_;
  const Tcp::endpoint address_;
  Fate& fate_;
  boost::asio::steady_timer timer_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Purpose purpose_ = Purpose::kWebSocket;
  Fault fault_;
  State state_ = State::kPassing;
  std::string held_;
  /// The server shall get what is held once more at the end.
  bool repeats_ = false;
  /// The other way has something that waits until the pause is over.
  bool other_waits_ = false;
  Way to_server_{client_, server_, Direction::kToServer};
  Way to_client_{server_, client_, Direction::kToClient};
  boost::asio::steady_timer slow_to_server_;
  boost::asio::steady_timer slow_to_client_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_LINK_H_

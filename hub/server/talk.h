#ifndef GAPLESS_HUB_SERVER_TALK_H_
#define GAPLESS_HUB_SERVER_TALK_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gapless/runtime.h"
#include "hub/server/connection.h"
#include "hub/server/emulation.h"
#include "hub/server/session.h"
#include "hub/server/write_queue.h"

namespace gapless::hub {

/// A client's conversation: joins its session to the mailbox, to what waits to be written, and to a timer. How frames
/// reach the client is the derived class's.
///
///   open ──▶ closing (writes what waits) ──▶ BeginClose ──▶ ended
///     └──────────┴───────── any error, Cut, time-out ────────▶ ended
class Talk : public Connection, public std::enable_shared_from_this<Talk> {
 public:
  Talk(const ConnectionContext& context, boost::asio::ip::tcp::socket::executor_type executor);

  bool open() const final { return session_ && !session_->closing(); }
  void Close(CloseReason reason) final;
  void Cut() final;
  bool EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason) final;

 protected:
  /// Begins the session. `started_at` is when its connection was made, `random` its own.
  void Open(TimePoint started_at, std::uint64_t random, EmulationIds ids);
  void TakeCommands(std::string_view commands);
  /// The frame that was given to `Write` is written; the next may come.
  void FrameWritten();
  /// It is over: leaves the hub and the server.
  void End();

  bool ended() const { return ended_; }
  bool close_begun() const { return close_begun_; }
  const ConnectionContext& context() const { return context_; }
  Session& session() { return *session_; }
  /// Does whatever the session wants by now.
  void Continue();

 private:
  virtual boost::asio::ip::tcp::socket& Socket() = 0;
  /// Writes one frame, which stays valid until `FrameWritten`.
  virtual void Write(std::string_view frame) = 0;
  /// Says goodbye, then calls `End`.
  virtual void BeginClose(const CloseReason& reason) = 0;

  void OnWake();
  void OnTimer();
  void TakeOver();
  void Schedule();
  void ArmTimer(TimePoint when);
  /// Nothing that the session throws may reach the io context; what it throws is a lack of memory.
  template <class Act>
  void Guarded(Act act);

  const ConnectionContext& context_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> timer_at_;
  std::shared_ptr<Mailbox> mailbox_;
  std::optional<Session> session_;
  WriteQueue queue_;
  bool writing_ = false;
  bool close_timed_ = false;
  bool close_begun_ = false;
  bool ended_ = false;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_TALK_H_

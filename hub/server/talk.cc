#include "hub/server/talk.h"

#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace gapless::hub {
namespace {

using ErrorCode = boost::system::error_code;

/// How long a close may take, what still waits to be written included.
constexpr std::chrono::seconds kCloseTimeout{5};

TimePoint Now() { return std::chrono::steady_clock::now(); }

/// What the wall clock says when the steady one says 0. Tokens speak of the wall clock, everything else goes by the
/// other.
Duration UnixTimeAtZero() { return std::chrono::system_clock::now().time_since_epoch() - Now().time_since_epoch(); }

}  // namespace

Talk::Talk(const ConnectionContext& context, boost::asio::ip::tcp::socket::executor_type executor)
    : context_(context), timer_(std::move(executor)) {}

void Talk::Open(TimePoint started_at, std::uint64_t random, EmulationIds ids) {
  auto wake = [weak = weak_from_this(), executor = Socket().get_executor()] {
    boost::asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->OnWake();
    });
  };
  mailbox_ = std::make_shared<Mailbox>(context_.encoder, context_.options.max_queue_bytes, std::move(wake));
  session_.emplace(context_.options, context_.core, mailbox_, started_at, random, std::move(ids), UnixTimeAtZero());
  Continue();
}

void Talk::Close(CloseReason reason) {
  if (ended_) return;
  if (!session_) return Cut();
  session_->Close(std::move(reason));
  Continue();
}

void Talk::Cut() {
  if (ended_) return;
  ErrorCode ignored;  // A socket that is broken already is as good as cut.
  Socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
  End();
}

bool Talk::EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason) {
  if (!open()) return false;
  const bool ended = session_->EndSubscription(channel, code, reason);
  Continue();
  return ended;
}

void Talk::TakeCommands(std::string_view commands) {
  Guarded([&] { session_->OnFrame(commands, Now()); });
  Continue();
}

void Talk::FrameWritten() {
  writing_ = false;
  queue_.FrameDone();
  Continue();
}

void Talk::OnWake() {
  if (ended_ || (writing_ && !mailbox_->overflowed())) return;
  Guarded([&] { session_->OnMailbox(); });
  Continue();
}

void Talk::OnTimer() {
  if (!session_ || session_->closing()) return Cut();
  Guarded([&] { session_->OnTimer(Now()); });
  Continue();
}

void Talk::Continue() {
  if (ended_) return;
  if (!writing_) TakeOver();
  Schedule();
  if (writing_) return;
  if (!queue_.empty()) {
    writing_ = true;
    return Write(queue_.BeginFrame());
  }
  if (session_->closing() && !std::exchange(close_begun_, true)) BeginClose(*session_->closing());
}

void Talk::TakeOver() {
  Guarded([&] {
    session_->OnMailbox();
    for (Chunk& chunk : session_->TakeOutput()) queue_.Add(std::move(chunk));
    session_->SetBacklog(queue_.bytes());
  });
}

void Talk::Schedule() {
  if (session_->closing()) {
    if (!std::exchange(close_timed_, true)) ArmTimer(Now() + kCloseTimeout);
    return;
  }
  // A timer that is too early may fire: it looks again, and most deadlines only ever move away.
  const std::optional<TimePoint> deadline = session_->NextDeadline();
  if (deadline && (!timer_at_ || *deadline < *timer_at_)) ArmTimer(*deadline);
}

void Talk::ArmTimer(TimePoint when) {
  timer_at_ = when;
  timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(when));
  timer_.async_wait([self = shared_from_this()](ErrorCode error) {
    // One that had fired before it was armed anew still arrives.
    if (error || self->ended_ || !self->timer_at_ || Now() < *self->timer_at_) return;
    self->timer_at_.reset();
    self->OnTimer();
  });
}

template <class Act>
void Talk::Guarded(Act act) {
  try {
    act();
  } catch (const std::exception&) {
    session_->Close(ReasonOf(Disconnect::kInternalError));
  }
}

void Talk::End() {
  ended_ = true;
  timer_.cancel();
  session_.reset();
  ErrorCode ignored;  // It is gone either way.
  Socket().close(ignored);
  context_.on_end(this);
}

}  // namespace gapless::hub

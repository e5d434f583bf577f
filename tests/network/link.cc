#include "tests/network/link.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace gapless::test {
namespace {

using boost::system::error_code;

constexpr std::size_t kSlowBytes = 64;
constexpr std::chrono::milliseconds kSlowPause{1};
/// What is held back arrives this much after its client was reset, by when the client is back as a rule.
constexpr std::chrono::milliseconds kLate{20};
/// A connection on which little passes has its fault at whatever passes after so long.
constexpr std::chrono::milliseconds kLongLife{500};
constexpr char kHighBit = '\x80';

/// A reset, not an orderly end. Closing fails only for what is closed.
void ResetSocket(boost::asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

void EndSocket(boost::asio::ip::tcp::socket& socket) {
  error_code ignored;
  socket.shutdown(boost::asio::socket_base::shutdown_both, ignored);
  socket.close(ignored);
}

}  // namespace

Link::Link(Tcp::socket client, const Tcp::endpoint& server, Fate& fate)
    : client_(std::move(client)),
      server_(client_.get_executor()),
      address_(server),
      fate_(fate),
      timer_(client_.get_executor()),
      slow_to_server_(client_.get_executor()),
      slow_to_client_(client_.get_executor()) {}

void Link::Start() {
  client_.async_read_some(boost::asio::buffer(to_server_.buffer),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (self->state_ == State::kOver) return;
                            if (error) return self->End();
                            self->to_server_.filled = size;
                            self->OnPurpose();
                          });
}

void Link::OnPurpose() {
  purpose_ = PurposeOf({to_server_.buffer.data(), to_server_.filled});
  fault_ = fate_.Draw(purpose_);
  if (fault_.kind == FaultKind::kRefuse) {
    fate_.OnStruck(purpose_, fault_.kind);
    return Reset();
  }
  Connect([this] {
    // As the two ends have it; else the proxy would add delays of its own.
    error_code ignored;
    client_.set_option(Tcp::no_delay(true), ignored);
    server_.set_option(Tcp::no_delay(true), ignored);
    OnRead(to_server_);
    Read(to_client_);
  });
}

void Link::Connect(const std::function<void()>& then) {
  server_.async_connect(address_, [self = shared_from_this(), then](error_code error) {
    if (error || self->state_ == State::kOver) return self->Reset();
    then();
  });
}

void Link::Read(Way& way) {
  if (!way.from.is_open()) return;
  way.from.async_read_some(boost::asio::buffer(way.buffer),
                           [self = shared_from_this(), &way](error_code error, std::size_t size) {
                             if (self->state_ == State::kOver) return;
                             if (error) return self->OnEnd();
                             way.filled = size;
                             self->OnRead(way);
                           });
}

void Link::OnRead(Way& way) {
  const std::size_t before = way.passed;
  way.passed += way.filled;
  switch (state_) {
    case State::kPassing:
      if ((repeats_ || fault_.kind == FaultKind::kRepeat) && way.direction == Direction::kToServer) {
        Hold({way.buffer.data(), way.filled});
      }
      if (IsDue(way)) {
        const std::size_t at = fault_.after_bytes > before ? std::min(fault_.after_bytes - before, way.filled - 1) : 0;
        Write(way, 0, at, [this, &way, at] { Strike(way, at); });
      } else {
        Pass(way, 0);
      }
      return;
    case State::kSlow:
      PassSlowly(way, 0);
      return;
    case State::kHolding:
      if (way.direction == Direction::kToServer) Hold({way.buffer.data(), way.filled});
      Read(way);
      return;
    case State::kSwallowing:
      Read(way);
      return;
    case State::kPaused:
      other_waits_ = true;
      return;
    case State::kOver:
      return;
  }
}

bool Link::IsDue(const Way& way) const {
  if (fault_.kind == FaultKind::kNone) return false;
  return (way.direction == fault_.direction && way.passed > fault_.after_bytes) ||
         std::chrono::steady_clock::now() - begin_ > kLongLife;
}

void Link::Write(Way& way, std::size_t from, std::size_t to, const std::function<void()>& then) {
  if (from == to) {
    then();
    return;
  }
  boost::asio::async_write(way.to, boost::asio::buffer(way.buffer.data() + from, to - from),
                           [self = shared_from_this(), then](error_code error, std::size_t) {
                             if (self->state_ == State::kOver) return;
                             if (!error) return then();
                             if (self->state_ == State::kPassing || self->state_ == State::kSlow) self->Reset();
                           });
}

void Link::Pass(Way& way, std::size_t from) {
  Write(way, from, way.filled, [this, &way] { Read(way); });
}

void Link::PassSlowly(Way& way, std::size_t from) {
  const std::size_t to = std::min(way.filled, from + kSlowBytes);
  Write(way, from, to, [this, &way, to] {
    if (to == way.filled) return Read(way);
    auto& pause = way.direction == Direction::kToServer ? slow_to_server_ : slow_to_client_;
    pause.expires_after(kSlowPause);
    pause.async_wait([self = shared_from_this(), &way, to](error_code) {
      if (self->state_ != State::kOver) self->PassSlowly(way, to);
    });
  });
}

// The rest of what `way` has read begins at `at`.
void Link::Strike(Way& way, std::size_t at) {
  // Healed meanwhile, or struck the other way.
  if (fault_.kind == FaultKind::kNone) return Pass(way, at);
  const FaultKind kind = std::exchange(fault_.kind, FaultKind::kNone);
  fate_.OnStruck(purpose_, kind);
  const auto reset_later = [this] { After(fault_.patience, [this] { Reset(); }); };
  switch (kind) {
    case FaultKind::kCut:
      return Reset();
    case FaultKind::kClose:
      return End();
    case FaultKind::kStall:
      state_ = State::kSwallowing;
      reset_later();
      return Read(way);
    case FaultKind::kServerGone:
      state_ = State::kSwallowing;
      ResetSocket(server_);
      reset_later();
      return Read(way);
    case FaultKind::kClientGone:
      state_ = State::kSwallowing;
      ResetSocket(client_);
      reset_later();
      return Read(way);
    case FaultKind::kThrottle:
      state_ = State::kSlow;
      reset_later();
      return PassSlowly(way, at);
    case FaultKind::kGarble:
      // All texts of the tests are ASCII, so that a lone high bit can never pass for what was sent.
      way.buffer.at(at) = static_cast<char>(way.buffer.at(at) ^ kHighBit);
      reset_later();
      return Pass(way, at);
    case FaultKind::kReorder:
      state_ = State::kHolding;
      if (way.direction == Direction::kToServer) Hold({way.buffer.data() + at, way.filled - at});
      After(fault_.patience, [this] {
        ResetSocket(client_);
        After(kLate, [this] { DeliverHeld(); });
      });
      return Read(way);
    case FaultKind::kDelay:
      state_ = State::kPaused;
      return After(fault_.patience, [this, &way, at, reset_later] {
        reset_later();
        Resume(way, at);
      });
    case FaultKind::kRepeat:
      repeats_ = true;
      After(fault_.patience, [this] { OnEnd(); });
      return Pass(way, at);
    case FaultKind::kNone:
    case FaultKind::kRefuse:
    case FaultKind::kCount:
      return;
  }
}

void Link::Resume(Way& way, std::size_t at) {
  state_ = State::kPassing;
  Pass(way, at);
  if (std::exchange(other_waits_, false)) Pass(&way == &to_server_ ? to_client_ : to_server_, 0);
}

// Whoever waits for the other side learns of this end by it, unless a fault forbids.
void Link::OnEnd() {
  if (state_ != State::kPassing && state_ != State::kSlow) return;
  if (!repeats_) return End();
  state_ = State::kSwallowing;
  EndSocket(client_);
  EndSocket(server_);
  Connect([this] { DeliverHeld(); });
}

void Link::Hold(std::string_view bytes) { held_.append(bytes); }

void Link::DeliverHeld() {
  boost::asio::async_write(server_, boost::asio::buffer(held_), [self = shared_from_this()](error_code, std::size_t) {
    // Not at once: a reset could overtake what was just written.
    if (self->state_ != State::kOver) self->After(kLate, [link = self.get()] { link->Reset(); });
  });
}

void Link::After(std::chrono::milliseconds delay, const std::function<void()>& then) {
  timer_.expires_after(delay);
  timer_.async_wait([self = shared_from_this(), then](error_code error) {
    if (!error && self->state_ != State::kOver) then();
  });
}

void Link::Heal() {
  if (state_ == State::kPassing && !repeats_ && timer_.expiry() == boost::asio::steady_timer::time_point()) {
    fault_.kind = FaultKind::kNone;
  } else {
    Reset();
  }
}

void Link::End() {
  state_ = State::kOver;
  timer_.cancel();
  EndSocket(client_);
  EndSocket(server_);
}

void Link::Reset() {
  state_ = State::kOver;
  timer_.cancel();
  ResetSocket(client_);
  ResetSocket(server_);
}

}  // namespace gapless::test

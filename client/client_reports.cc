// What the client tells of itself: its state, errors, log and counters; and where it tells it.

#include <chrono>
#include <utility>

#include "client/client_core.h"
#include "client/current_exception.h"

namespace gapless::internal {
namespace {

std::string_view ToString(ConnectionState state) {
  switch (state) {
    case ConnectionState::kIdle:
      return "idle";
    case ConnectionState::kConnecting:
      return "connecting";
    case ConnectionState::kConnected:
      return "connected";
    case ConnectionState::kFailed:
      return "failed";
    case ConnectionState::kClosed:
      return "closed";
  }
  return "in an unknown state";
}

}  // namespace

void ClientCore::SetState(ConnectionState state, const std::optional<Error>& error) {
  if (state == ConnectionState::kConnected) ++counters_.connects;
  std::function<void(ConnectionState, const std::optional<Error>&)> handler;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_ = state;
    changed_.notify_all();
    handler = state_handler_;
  }
  Log(state == ConnectionState::kFailed ? LogLevel::kError : LogLevel::kInfo,
      std::string(ToString(state)) + (error ? std::string(": ") + error->what() : std::string()));
  if (!handler) return;
  dispatch_->Post([self = shared_from_this(), handler = std::move(handler), state, error] {
    try {
      handler(state, error);
    } catch (...) {
      ++self->counters_.handler_errors;
      self->CallErrorHandler(Error(Errc::kHandlerThrew, "an OnStateChange handler threw: " + CurrentExceptionText()));
    }
  });
}

void ClientCore::PostError(const Error& error) {
  dispatch_->Post([self = shared_from_this(), error] { self->CallErrorHandler(error); });
}

void ClientCore::CallErrorHandler(const Error& error) {
  std::function<void(const Error&)> handler;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    handler = error_handler_;
    last_error_ = error;
  }
  Log(error.errc() == Errc::kStateStale || error.errc() == Errc::kStateFailed ? LogLevel::kError : LogLevel::kWarning,
      error.what());
  if (!handler) return;
  try {
    handler(error);
  } catch (...) {
    // Nobody is left to tell but the counter: the handler for errors is what failed.
    ++counters_.handler_errors;
  }
}

void ClientCore::SetErrorHandler(std::function<void(const Error&)> handler) {
  const std::lock_guard<std::mutex> lock(mutex_);
  error_handler_ = std::move(handler);
}

void ClientCore::SetStateHandler(std::function<void(ConnectionState, const std::optional<Error>&)> handler) {
  const std::lock_guard<std::mutex> lock(mutex_);
  state_handler_ = std::move(handler);
}

ConnectionState ClientCore::State() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

std::shared_ptr<Strand> ClientCore::NewDispatchStrand() {
  Executor executor = options_.executor;
  if (poll_queue_) executor = [queue = poll_queue_](std::function<void()> run) { queue->Push(std::move(run)); };
  if (!executor) return runtime_->NewStrand("gapless-handler", StrandKind::kDispatch);
  return std::make_shared<ExecutorStrand>(std::move(executor),
                                          runtime_->NewStrand("gapless-timers", StrandKind::kSession),
                                          [this](const Error& error) { CallErrorHandler(error); });
}

bool ClientCore::Poll() {
  if (!poll_queue_) throw Error(Errc::kInvalidState, "Poll needs ClientOptions::poll_handlers");
  return poll_queue_->RunAll();
}

void ClientCore::Log(LogLevel level, const std::string& message) {
  if (!Logs(level)) return;
  try {
    options_.log(level, message);
  } catch (...) {
    // The log is not the place to tell that the log fails.
    ++counters_.handler_errors;
  }
}

void ClientCore::WatchHandlers() {
  // Only the log tells of it, so without one there is nothing to look for.
  if (!Logs(LogLevel::kWarning) || !handler_watch_.BeginLooking()) return;
  strand_->PostAt(runtime_->Now() + options_.handler_patience, TimerKind::kDeadline, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->LookAtHandlers();
  });
}

void ClientCore::LookAtHandlers() {
  // First, so that a handler that begins right now finds that it must be looked after.
  handler_watch_.EndLooking();
  const std::optional<TimePoint> since = handler_watch_.busy_since();
  if (!since) return;
  const std::chrono::milliseconds busy = Since(*since);
  if (busy >= options_.handler_patience) {
    Log(LogLevel::kWarning, "a handler has not returned for " + std::to_string(busy.count()) +
                                " ms; this client's other handlers wait for it, and subscriptions whose queue is full "
                                "are paused at the server");
  }
  WatchHandlers();
}

std::chrono::milliseconds ClientCore::Since(TimePoint when) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(runtime_->Now() - when);
}

void ClientCore::CountPump() {
  const PublishPump& pump = session_.pump();
  counters_.resent = pump.resent();
  counters_.in_flight = pump.in_flight();
  counters_.oldest_added = pump.OldestAdded().value_or(TimePoint::max());
}

gapless::Stats ClientCore::Stats() const {
  const Counters& c = counters_;
  gapless::Stats stats;
  stats.published = c.published;
  stats.acknowledged = c.acknowledged;
  stats.refused = c.refused;
  stats.resent = c.resent;
  stats.received = c.received;
  stats.delivered = c.delivered;
  stats.filtered = c.filtered;
  stats.malformed = c.malformed;
  stats.mismatched = c.mismatched;
  stats.duplicates = c.duplicates;
  stats.invalid = c.invalid;
  stats.handler_errors = c.handler_errors;
  stats.gaps = c.gaps;
  stats.repaired = c.repaired;
  stats.late = c.late;
  stats.resets = c.resets;
  stats.connects = c.connects;
  stats.pauses = c.pauses;
  stats.unacknowledged = gate_->unacknowledged();
  stats.save_failures = c.save_failures;
  stats.in_flight = c.in_flight;
  stats.unsaved = state_writer_ ? state_writer_->unsaved() : 0;
  if (const TimePoint oldest = c.oldest_added; oldest != TimePoint::max()) {
    stats.oldest_unacknowledged = Since(oldest);
  }
  if (const auto since = handler_watch_.busy_since()) stats.handler_busy = Since(*since);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [id, subscription] : subscriptions_) stats.queued += subscription->queued();
  stats.last_error = last_error_;
  return stats;
}

}  // namespace gapless::internal

#include "client/subscription_core.h"

#include <algorithm>
#include <chrono>

#include "client/client_core.h"
#include "client/current_exception.h"
#include "client/handler_scope.h"

namespace gapless::internal {
namespace {
// Deliveries per turn, so that one busy subscription does not starve the others of the dispatcher.
constexpr std::size_t kSlice = 256;
// Until a transaction that could not be committed is tried again.
constexpr std::chrono::milliseconds kCommitRetry{200};
}  // namespace

/// Whether it counts towards the queue's limit. What came from the server does. Gaps do not: there are no more of them
/// than of streams and envelopes, and a pause because of them could cause the next ones. Neither does the quarantine,
/// which has a limit of its own and which no pause can hold back.
bool SubscriptionCore::Fills(const Delivery& delivery) {
  return delivery.redriven == 0 &&
         (std::holds_alternative<Envelope>(delivery.what) || std::holds_alternative<Error>(delivery.what) ||
          std::holds_alternative<MemberChange>(delivery.what));
}

SubscriptionCore::SubscriptionCore(std::weak_ptr<ClientCore> client, std::shared_ptr<Strand> dispatch,
                                   SubscriptionId id, std::string channel, SubscribeOptions options,
                                   const ConsumerRecord* restored)
    : client_(std::move(client)),
      dispatch_(std::move(dispatch)),
      id_(id),
      channel_(std::move(channel)),
      options_(std::move(options)) {
  if (restored == nullptr) return;
  ledger_.emplace(*restored, options_.ledger_limit);
  quarantined_ = restored->quarantine;
  if (!quarantined_.empty()) last_quarantine_id_ = quarantined_.rbegin()->first;
}

std::shared_ptr<ClientCore> SubscriptionCore::Owner() const {
  auto client = client_.lock();
  if (!client || !active()) {
    throw Error(Errc::kClosed, "the subscription has ended; subscribe again").WithChannel(channel_);
  }
  return client;
}

template <typename Change>
void SubscriptionCore::ChangeHandlers(bool consumes, const Change& change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) throw Error(Errc::kClosed, "the subscription has ended; subscribe again").WithChannel(channel_);
  auto changed = std::make_shared<Handlers>(*handlers_);
  change(*changed);
  handlers_ = std::move(changed);
  consumed_ = consumed_ || consumes;
  if (Ready()) Schedule();
}

void SubscriptionCore::AddEnvelopeHandler(Subscription::EnvelopeHandler handler) {
  ChangeHandlers(true, [&](Handlers& handlers) { handlers.envelope.push_back(std::move(handler)); });
}

void SubscriptionCore::SetTransactionalHandler(Subscription::TransactionalHandler handler) {
  ChangeHandlers(true, [&](Handlers& handlers) {
    if (handlers.transactional) {
      throw Error(Errc::kInvalidState, "the subscription has a transactional handler already").WithChannel(channel_);
    }
    handlers.transactional = std::move(handler);
  });
}

void SubscriptionCore::AddAspectHandler(const std::string& aspect, Subscription::EnvelopeHandler handler) {
  ChangeHandlers(true, [&](Handlers& handlers) { handlers.aspect.emplace_back(aspect, std::move(handler)); });
}

void SubscriptionCore::AddGapHandler(Subscription::GapHandler handler) {
  ChangeHandlers(false, [&](Handlers& handlers) { handlers.gap.push_back(std::move(handler)); });
}

void SubscriptionCore::AddErrorHandler(Subscription::ErrorHandler handler) {
  ChangeHandlers(false, [&](Handlers& handlers) { handlers.error.push_back(std::move(handler)); });
}

void SubscriptionCore::AddMemberHandler(bool joined, Subscription::MemberHandler handler) {
  if (!options_.join_leave) {
    throw Error(Errc::kInvalidState, "who comes and goes is told only with SubscribeOptions::join_leave")
        .WithChannel(channel_);
  }
  ChangeHandlers(false,
                 [&](Handlers& handlers) { (joined ? handlers.join : handlers.leave).push_back(std::move(handler)); });
}

bool SubscriptionCore::Append(std::vector<Delivery> deliveries) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return false;
  for (Delivery& delivery : deliveries) {
    if (Fills(delivery)) ++filled_;
    queue_.push_back(std::move(delivery));
  }
  if (Ready()) Schedule();
  paused_ = paused_ || filled_ > options_.queue_limit;
  return paused_;
}

bool SubscriptionCore::Ready() const {
  if (queue_.empty()) return false;
  return consumed_ || (std::holds_alternative<Error>(queue_.front().what) && !handlers_->error.empty());
}

void SubscriptionCore::Schedule() {
  if (scheduled_ || ended_) return;
  scheduled_ = true;
  dispatch_->Post([self = shared_from_this()] { self->Drain(); });
}

void SubscriptionCore::Drain() {
  const auto client = client_.lock();
  if (!client) return;
  client->WatchHandlers();
  Progress progress;
  bool again = true;
  {
    // Until its progress is handed over too: who awaits the handlers saves once they are done.
    const std::lock_guard<std::mutex> lock(mutex_);
    running_ = true;
  }
  for (std::size_t turn = 0; turn < kSlice && again; ++turn) {
    Delivery delivery;
    std::shared_ptr<const Handlers> handlers;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!Ready() || ended_) break;
      delivery = std::move(queue_.front());
      queue_.pop_front();
      if (Fills(delivery)) --filled_;
      handlers = handlers_;
    }
    {
      const HandlerWatch::Turn busy(client->handler_watch(), client->runtime().Now());
      again = Deliver(*client, *handlers, delivery, progress);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!again && !ended_) {
      if (Fills(delivery)) ++filled_;
      queue_.push_front(std::move(delivery));
    }
  }
  if (!progress.Empty()) client->SaveProgress(key(), progress);

  bool resume = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    running_ = false;
    idle_.notify_all();
    scheduled_ = false;
    if (!ended_ && Ready()) {
      if (again) {
        Schedule();
      } else {
        scheduled_ = true;
        dispatch_->PostAt(client->runtime().Now() + kCommitRetry, TimerKind::kWork,
                          [self = shared_from_this()] { self->Drain(); });
      }
    }
    if (paused_ && filled_ <= options_.queue_limit / 2) {
      paused_ = false;
      resume = true;
    }
  }
  if (resume) client->ResumeSubscription(id_);
}

bool SubscriptionCore::Deliver(ClientCore& client, const Handlers& handlers, const Delivery& delivery,
                               Progress& progress) {
  if (delivery.redriven != 0) return Redeliver(client, handlers, delivery, progress);
  if (std::holds_alternative<Beginning>(delivery.what)) return Begin(client, handlers, delivery.after, progress);
  if (const auto* envelope = std::get_if<Envelope>(&delivery.what)) {
    return DeliverEnvelope(client, handlers, *envelope, delivery, progress);
  }
  if (const auto* gap = std::get_if<Gap>(&delivery.what)) {
    for (const auto& handler : handlers.gap) Guarded(client, handlers, nullptr, [&] { handler(*gap); });
    if (ledger_) {
      ledger_->Tell(*gap, client.runtime().WallClock());
      progress.ledger.Add(ledger_->TakeEdits());
    }
  } else if (const auto* change = std::get_if<MemberChange>(&delivery.what)) {
    for (const auto& handler : change->joined ? handlers.join : handlers.leave) {
      Guarded(client, handlers, nullptr, [&] { handler(change->member); });
    }
  } else {
    Report(client, handlers, std::get<Error>(delivery.what));
  }
  progress.MoveTo(delivery.after);
  return true;
}

bool SubscriptionCore::Begin(ClientCore& client, const Handlers& handlers, const Position& place, Progress& progress) {
  progress.MoveTo(place);
  try {
    client.SaveProgressNow(key(), progress);
    progress = {};
    return true;
  } catch (...) {
    ++client.counters().save_failures;
    Report(client, handlers,
           Error(Errc::kStateNotWritable,
                 "the place where the subscription begins could not be saved, and nothing is "
                 "delivered before it is; it will be tried again: " +
                     CurrentExceptionText())
               .WithChannel(channel_));
    return false;
  }
}

bool SubscriptionCore::DeliverEnvelope(ClientCore& client, const Handlers& handlers, const Envelope& envelope,
                                       const Delivery& delivery, Progress& progress) {
  const Progress before = handlers.transactional ? progress : Progress{};
  std::optional<GapLedger> ledger_before;
  if (delivery.cursor) progress.moved.cursors[envelope.producer.id] = *delivery.cursor;
  progress.MoveTo(delivery.after);
  if (ledger_ && ledger_->Concerns(envelope.producer.id, envelope.late)) {
    if (handlers.transactional) ledger_before = ledger_;
    ledger_->Arrive(envelope.producer.id, envelope.sequence, envelope.late, client.runtime().WallClock());
    progress.ledger.Add(ledger_->TakeEdits());
  }
  const auto& aspects = options_.aspects;
  if (!aspects.empty() && std::find(aspects.begin(), aspects.end(), envelope.aspect) == aspects.end()) {
    ++client.counters().filtered;
    return true;
  }
  if (const auto refused = client.CheckIncoming(envelope)) {
    Report(client, handlers, *refused);
    if (refused->fatal) {
      Quarantine(client, handlers, delivery, *refused, progress);
      return true;
    }
  }
  if (HandOver(client, handlers, envelope, progress)) return true;
  progress = before;
  if (ledger_before) ledger_ = std::move(ledger_before);
  return false;
}

bool SubscriptionCore::HandOver(ClientCore& client, const Handlers& handlers, const Envelope& envelope,
                                Progress& progress) {
  if (handlers.transactional && !DeliverInTransaction(client, handlers, envelope, progress)) return false;
  ++client.counters().delivered;
  for (const auto& handler : handlers.envelope) Guarded(client, handlers, &envelope, [&] { handler(envelope); });
  for (const auto& [aspect, handler] : handlers.aspect) {
    if (aspect == envelope.aspect) Guarded(client, handlers, &envelope, [&] { handler(envelope); });
  }
  return true;
}

bool SubscriptionCore::DeliverInTransaction(ClientCore& client, const Handlers& handlers, const Envelope& envelope,
                                            Progress& progress) {
  bool handler_threw = false;
  try {
    client.TransactWithCursor(key(), progress, &envelope, [&](Transaction& transaction) {
      handler_threw = true;
      handlers.transactional(envelope, transaction);
      handler_threw = false;
    });
    progress = {};
    return true;
  } catch (...) {
    const std::string what = CurrentExceptionText();
    // A client that is being closed refuses what the handler enqueues; the next life delivers the envelope again.
    if (handler_threw && !active() && CurrentExceptionIs(Errc::kClosed)) return false;
    if (handler_threw) {
      ++client.counters().handler_errors;
      Report(client, handlers,
             Error(Errc::kHandlerThrew, "a transactional handler threw, its writes were undone: " + what)
                 .WithChannel(channel_)
                 .WithProducer(envelope.producer.id)
                 .WithSequence(envelope.sequence));
      return true;
    }
    Report(client, handlers,
           Error(Errc::kStateNotWritable,
                 "a handler's transaction could not be committed and will be tried again: " + what)
               .WithChannel(channel_)
               .WithProducer(envelope.producer.id)
               .WithSequence(envelope.sequence));
    return false;
  }
}

template <typename Call>
bool SubscriptionCore::Guarded(ClientCore& client, const Handlers& handlers, const Envelope* envelope,
                               const Call& call) {
  const HandlerScope scope(&client, envelope, nullptr);
  std::string what;
  Errc code = Errc::kHandlerThrew;
  try {
    call();
    return true;
  } catch (const Error& error) {
    code = error.errc() == Errc::kPayloadType ? Errc::kPayloadType : Errc::kHandlerThrew;
    what = error.what();
  } catch (...) {
    what = CurrentExceptionText();
  }
  ++client.counters().handler_errors;
  Error report(code, "a handler threw: " + what);
  report.WithChannel(channel_);
  if (envelope != nullptr) {
    report.WithProducer(envelope->producer.id).WithSequence(envelope->sequence).WithRaw(envelope->payload);
  }
  Report(client, handlers, report);
  return false;
}

void SubscriptionCore::Report(ClientCore& client, const Handlers& handlers, const Error& error) {
  for (const auto& handler : handlers.error) {
    try {
      handler(error);
    } catch (...) {
      ++client.counters().handler_errors;
      client.CallErrorHandler(
          Error(Errc::kHandlerThrew, "an OnError handler threw: " + CurrentExceptionText()).WithChannel(channel_));
    }
  }
  client.CallErrorHandler(error);
}

bool SubscriptionCore::End() {
  // Handlers often hold their own subscription, which would keep each other alive for ever. They go outside the lock,
  // since what they hold is the user's, and one that is running is kept by who runs it.
  auto handlers = std::make_shared<const Handlers>();
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool was_live = !ended_;
  ended_ = true;
  queue_.clear();
  filled_ = 0;
  handlers_.swap(handlers);
  return was_live;
}

bool SubscriptionCore::AwaitHandlers(Runtime& runtime, TimePoint deadline) {
  if (dispatch_->RunsHere()) return true;
  std::unique_lock<std::mutex> lock(mutex_);
  return runtime.Wait(lock, idle_, deadline, [this] { return !running_; });
}

std::size_t SubscriptionCore::queued() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queue_.size();
}

bool SubscriptionCore::active() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !ended_;
}

}  // namespace gapless::internal

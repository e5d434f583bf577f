#ifndef GAPLESS_CLIENT_SUBSCRIPTION_CORE_H_
#define GAPLESS_CLIENT_SUBSCRIPTION_CORE_H_

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/gap_ledger.h"
#include "client/progress.h"
#include "client/receiver.h"
#include "client/session.h"
#include "gapless/subscription.h"

namespace gapless::internal {

class ClientCore;

/// The handlers' side of a subscription: a queue that the session fills and the dispatch strand empties.
class SubscriptionCore : public std::enable_shared_from_this<SubscriptionCore> {
 public:
  SubscriptionCore(std::weak_ptr<ClientCore> client, std::shared_ptr<Strand> dispatch, SubscriptionId id,
                   std::string channel, SubscribeOptions options, const ConsumerRecord* restored);

  SubscriptionId id() const { return id_; }
  const std::string& channel() const { return channel_; }
  const SubscribeOptions& options() const { return options_; }
  ConsumerKey key() const { return {channel_, options_.name}; }
  /// The client, or `Error(kClosed)` if it or this subscription has ended.
  std::shared_ptr<ClientCore> Owner() const;
  /// The client, or null if it has ended.
  std::shared_ptr<ClientCore> MaybeOwner() const { return client_.lock(); }

  void AddEnvelopeHandler(Subscription::EnvelopeHandler handler);
  void SetTransactionalHandler(Subscription::TransactionalHandler handler);
  void AddAspectHandler(const std::string& aspect, Subscription::EnvelopeHandler handler);
  void AddGapHandler(Subscription::GapHandler handler);
  void AddErrorHandler(Subscription::ErrorHandler handler);
  /// Throws `Error(kInvalidState)` unless the options ask for it.
  void AddMemberHandler(bool joined, Subscription::MemberHandler handler);

  /// Takes deliveries from the session. Returns whether the queue is over its limit now.
  bool Append(std::vector<Delivery> deliveries);

  std::vector<QuarantinedEnvelope> Quarantined() const;
  std::size_t Redrive();
  bool Discard(std::int64_t id);

  /// No handler starts any more. Returns whether it was live.
  bool End();
  /// Waits for a handler that runs on another thread; false when the deadline passes first.
  bool AwaitHandlers(Runtime& runtime, TimePoint deadline);
  bool active() const;
  /// Deliveries that wait for handlers.
  std::size_t queued() const;

 private:
  /// The handlers as they were when a delivery began: one that registers another during it does not disturb it.
  struct Handlers {
    std::vector<Subscription::EnvelopeHandler> envelope;
    Subscription::TransactionalHandler transactional;
    std::vector<std::pair<std::string, Subscription::EnvelopeHandler>> aspect;
    std::vector<Subscription::GapHandler> gap;
    std::vector<Subscription::ErrorHandler> error;
    std::vector<Subscription::MemberHandler> join, leave;
  };

  template <typename Change>
  void ChangeHandlers(bool consumes, const Change& change);
  static bool Fills(const Delivery& delivery);
  /// Whether there is something for the handlers that are there. With `mutex_` held.
  bool Ready() const;
  void Schedule();
  void Drain();
  /// False: it could not be made durable and must be delivered again.
  bool Deliver(ClientCore& client, const Handlers& handlers, const Delivery& delivery, Progress& progress);
  bool DeliverEnvelope(ClientCore& client, const Handlers& handlers, const Envelope& envelope, const Delivery& delivery,
                       Progress& progress);
  bool Begin(ClientCore& client, const Handlers& handlers, const Position& place, Progress& progress);
  bool Redeliver(ClientCore& client, const Handlers& handlers, const Delivery& delivery, Progress& progress);
  bool HandOver(ClientCore& client, const Handlers& handlers, const Envelope& envelope, Progress& progress);
  bool DeliverInTransaction(ClientCore& client, const Handlers& handlers, const Envelope& envelope, Progress& progress);
  void Quarantine(ClientCore& client, const Handlers& handlers, const Delivery& delivery, const Error& refused,
                  Progress& progress);
  template <typename Call>
  bool Guarded(ClientCore& client, const Handlers& handlers, const Envelope* envelope, const Call& call);
  void Report(ClientCore& client, const Handlers& handlers, const Error& error);

  const std::weak_ptr<ClientCore> client_;
  const std::shared_ptr<Strand> dispatch_;
  const SubscriptionId id_;
  const std::string channel_;
  const SubscribeOptions options_;

  // Only on the dispatch strand.
  /// None without state.
  std::optional<GapLedger> ledger_;
  std::int64_t last_quarantine_id_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::map<std::int64_t, QuarantinedEnvelope> quarantined_;
  /// Those of them that wait for the handlers.
  std::set<std::int64_t> redriving_;
  std::shared_ptr<const Handlers> handlers_ = std::make_shared<const Handlers>();
  std::deque<Delivery> queue_;
  /// How many of them count towards the limit.
  std::size_t filled_ = 0;
  /// Some handler takes envelopes, so delivery may begin.
  bool consumed_ = false;
  bool scheduled_ = false;
  bool running_ = false;
  bool ended_ = false;
  bool paused_ = false;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_SUBSCRIPTION_CORE_H_

// The receiving side of the client's driver.

#include <algorithm>
#include <utility>

#include "client/client_core.h"
#include "client/deadline.h"
#include "client/handler_scope.h"

namespace gapless::internal {

std::shared_ptr<SubscriptionCore> ClientCore::Subscribe(const std::string& channel, SubscribeOptions options,
                                                        const std::function<void(Subscription&)>& setup) {
  CheckChannel(channel);
  if (options.queue_limit < 1 || options.queue_limit > 1'000'000) {
    throw Error(Errc::kInvalidArgument, "SubscribeOptions::queue_limit must be 1 to 1,000,000").WithChannel(channel);
  }
  if (options.open_gap_patience.count() <= 0) {
    throw Error(Errc::kInvalidArgument, "SubscribeOptions::open_gap_patience must be positive").WithChannel(channel);
  }
  if (options.from_sequence < 0) {
    throw Error(Errc::kInvalidArgument, "SubscribeOptions::from_sequence must not be negative").WithChannel(channel);
  }
  if (options.since && (options.since->epoch.empty() || options.from_start || options.from_sequence > 0)) {
    throw Error(
        Errc::kInvalidArgument,
        "SubscribeOptions::since must have the epoch that the server told with the offset, and goes with neither "
        "from_start nor from_sequence")
        .WithChannel(channel);
  }
  const Session::Wishes wishes{options.open_gap_patience, options.join_leave, options.filter};
  if (options.ledger_limit < 1 || options.ledger_limit > 1'000'000) {
    throw Error(Errc::kInvalidArgument, "SubscribeOptions::ledger_limit must be 1 to 1,000,000").WithChannel(channel);
  }
  if (options.quarantine_limit > 1'000'000 || (options.quarantine_limit > 0 && !options_.snapshotter)) {
    throw Error(Errc::kInvalidArgument,
                "SubscribeOptions::quarantine_limit must be at most 1,000,000, and 0 without a snapshotter")
        .WithChannel(channel);
  }
  const Receiver::Config config{channel,
                                options.from_start,
                                options.from_sequence,
                                traits_.history,
                                options.quarantine_limit > 0,
                                options_.snapshotter != nullptr,
                                options.filter,
                                options.since};
  std::shared_ptr<SubscriptionCore> core;
  ConsumerRecord restored;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_ || closed_) throw Error(Errc::kClosed, "the client is closed; call Connect to open it again");
    const ConsumerKey key{channel, options.name};
    if (options_.snapshotter) {
      for (const auto& [id, other] : subscriptions_) {
        if (other->key() == key) {
          throw Error(Errc::kAlreadySubscribed,
                      "a live subscription of this name has the channel's cursor; give one of them another "
                      "SubscribeOptions::name")
              .WithChannel(channel);
        }
      }
      if (const auto known = consumers_.find(key); known != consumers_.end()) restored = known->second;
    }
    const SubscriptionId id = next_id_++;
    core = std::make_shared<SubscriptionCore>(weak_from_this(), dispatch_, id, channel, std::move(options),
                                              options_.snapshotter ? &restored : nullptr);
    subscriptions_.emplace(id, core);
  }
  if (setup) {
    Subscription handle(core);
    try {
      setup(handle);
    } catch (...) {
      // The caller gets the exception and no subscription, so none may stay behind.
      Unsubscribe(*core);
      throw;
    }
  }
  OnSession([this, core, config, restored, wishes](TimePoint now, Effects& out) {
    if (!core->active()) return;
    live_.emplace(core->id(), core);
    std::vector<LedgerRow> ledger;
    for (const auto& [id, row] : restored.ledger) ledger.push_back(row);
    session_.AddSubscription(core->id(), core->channel(), std::make_unique<Receiver>(config, restored.state, ledger),
                             wishes, now, out);
  });
  return core;
}

void ClientCore::Unsubscribe(SubscriptionCore& subscription) {
  const SubscriptionId id = subscription.id();
  if (subscription.End()) {
    OnSession([this, id](TimePoint now, Effects& out) {
      live_.erase(id);
      session_.RemoveSubscription(id, now, out);
    });
  }
  subscription.AwaitHandlers(*runtime_, TimePoint::max());
  const std::lock_guard<std::mutex> lock(mutex_);
  subscriptions_.erase(id);
}

void ClientCore::ResumeSubscription(SubscriptionId id) {
  OnSession([this, id](TimePoint now, Effects& out) { session_.SetPaused(id, false, now, out); });
}

void ClientCore::SaveProgressNow(const ConsumerKey& key, const Progress& progress) {
  // Handlers polled inside a transaction: the database would wait for itself.
  if (HandlerScope::CurrentTransaction(this) != nullptr) {
    throw Error(Errc::kInvalidState, "a transaction of this client is open on this thread").WithChannel(key.channel);
  }
  state_writer_->SaveWith(key, progress, [&](const Progress& all) {
    Changes changes;
    all.AppendTo(changes, key);
    options_.snapshotter->Save(changes);
  });
  const std::lock_guard<std::mutex> lock(mutex_);
  consumers_[key].Apply(progress);
}

void ClientCore::SaveProgress(const ConsumerKey& key, const Progress& progress) {
  if (!state_writer_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    consumers_[key].Apply(progress);
  }
  state_writer_->Advance(key, progress);
}

}  // namespace gapless::internal

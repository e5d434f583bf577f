// The receiving side of the client's driver, and its queries.

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
  const std::chrono::milliseconds patience = options.open_gap_patience;
  if (options.ledger_limit < 1 || options.ledger_limit > 1'000'000) {
    throw Error(Errc::kInvalidArgument, "SubscribeOptions::ledger_limit must be 1 to 1,000,000").WithChannel(channel);
  }
  if (options.quarantine_limit > 1'000'000 || (options.quarantine_limit > 0 && !options_.snapshotter)) {
    throw Error(Errc::kInvalidArgument,
                "SubscribeOptions::quarantine_limit must be at most 1,000,000, and 0 without a snapshotter")
        .WithChannel(channel);
  }
  const Receiver::Config config{channel,         options.from_start,           options.from_sequence,
                                traits_.history, options.quarantine_limit > 0, options_.snapshotter != nullptr};
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
  OnSession([this, core, config, restored, patience](TimePoint now, Effects& out) {
    if (!core->active()) return;
    live_.emplace(core->id(), core);
    std::vector<LedgerRow> ledger;
    for (const auto& [id, row] : restored.ledger) ledger.push_back(row);
    session_.AddSubscription(core->id(), core->channel(), std::make_unique<Receiver>(config, restored.state, ledger),
                             patience, now, out);
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

ClientCore::QueryAnswer ClientCore::Ask(std::variant<HistoryRequest, PresenceRequest> request, TimePoint deadline) {
  const auto slot = std::make_shared<AnswerSlot<QueryAnswer>>();
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_ || closed_) throw Error(Errc::kClosed, "the client is closed; call Connect to open it again");
    id = next_id_++;
    queries_.emplace(id, slot);
  }
  OnSession([this, id, request = std::move(request)](TimePoint now, Effects& out) {
    session_.AddQuery(id, request, now, out);
  });
  const auto answer = slot->WaitUntil(*runtime_, deadline);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queries_.erase(id);
  }
  if (!answer) {
    OnSession([this, id](TimePoint, Effects&) { session_.CancelQuery(id); });
    throw Error(Errc::kTimeout, "the server did not answer within request_timeout");
  }
  if (const auto* error = std::get_if<Error>(&*answer)) throw *error;
  return *answer;
}

HistoryResult ClientCore::History(const std::string& channel, const HistoryQuery& query) {
  CheckChannel(channel);
  if (!traits_.history) {
    throw Error(Errc::kNotSupported, "the transport \"" + traits_.name + "\" has no history").WithChannel(channel);
  }
  constexpr std::size_t kPage = 300;
  const TimePoint deadline = DeadlineIn(*runtime_, options_.request_timeout);
  HistoryResult result;
  Position from;
  for (;;) {
    const QueryAnswer answer = Ask(HistoryRequest{channel, kPage, from, false}, deadline);
    const auto& page = std::get<HistoryReply>(answer);
    const std::uint64_t before = from.offset;
    for (const Publication& publication : page.publications) {
      from.offset = std::max(from.offset, publication.offset);
      try {
        Envelope envelope = DecodeEnvelope(publication.data);
        ValidateEnvelope(envelope);
        envelope.offset = publication.offset;
        if (envelope.sequence <= query.since && query.since != 0) continue;
        if (envelope.sequence > query.until && query.until != 0) continue;
        result.envelopes.push_back(std::move(envelope));
      } catch (const Error& error) {
        Error unreadable = error;
        result.errors.push_back(unreadable.WithChannel(channel).WithRaw(publication.data));
      }
    }
    from.epoch = page.top.epoch;
    if (from.offset == before || from.offset >= page.top.offset) break;
  }
  if (query.limit != 0 && result.envelopes.size() > query.limit) {
    result.envelopes.erase(result.envelopes.begin(), result.envelopes.end() - static_cast<std::ptrdiff_t>(query.limit));
  }
  return result;
}

std::vector<gapless::Presence> ClientCore::Presence(const std::string& channel) {
  CheckChannel(channel);
  if (!traits_.presence) {
    throw Error(Errc::kNotSupported, "the transport \"" + traits_.name + "\" has no presence").WithChannel(channel);
  }
  return std::get<PresenceReply>(Ask(PresenceRequest{channel}, DeadlineIn(*runtime_, options_.request_timeout)))
      .members;
}

}  // namespace gapless::internal

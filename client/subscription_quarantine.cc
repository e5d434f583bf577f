// What a subscription does with envelopes that its validator refused.

#include <utility>

#include "client/client_core.h"
#include "client/subscription_core.h"
#include "snapshot/change_rules.h"

namespace gapless::internal {
namespace {

/// State holds UTF-8 only, and a reason may quote what it complains about.
std::string ReasonOf(const Error& error) {
  const std::string what = error.what();
  return IsUtf8(what) ? what : "the validator's words are not UTF-8";
}

}  // namespace

void SubscriptionCore::Quarantine(ClientCore& client, const Handlers& handlers, const Delivery& delivery,
                                  const Error& refused, Progress& progress) {
  if (options_.quarantine_limit == 0 || !delivery.bytes) return;
  QuarantinedEnvelope kept;
  kept.bytes = delivery.bytes;
  kept.code = refused.errc();
  kept.reason = ReasonOf(refused);
  kept.offset = std::get<Envelope>(delivery.what).offset;
  kept.quarantined_at = client.runtime().WallClock();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (quarantined_.size() < options_.quarantine_limit) {
      kept.id = ++last_quarantine_id_;
      quarantined_.emplace(kept.id, kept);
    }
  }
  if (kept.id != 0) {
    progress.quarantine.Put(kept);
    return;
  }
  Report(client, handlers,
         Error(Errc::kQueueFull, "the quarantine holds quarantine_limit (" + std::to_string(options_.quarantine_limit) +
                                     ") envelopes already, so this one was not kept; redrive or discard some")
             .WithChannel(channel_)
             .WithProducer(refused.producer())
             .WithSequence(refused.sequence())
             .WithRaw(*delivery.bytes));
}

std::vector<QuarantinedEnvelope> SubscriptionCore::Quarantined() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<QuarantinedEnvelope> all;
  all.reserve(quarantined_.size());
  for (const auto& [id, kept] : quarantined_) all.push_back(kept);
  return all;
}

std::size_t SubscriptionCore::Redrive() {
  std::vector<Delivery> deliveries;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) throw Error(Errc::kClosed, "the subscription has ended; subscribe again").WithChannel(channel_);
    for (const auto& [id, kept] : quarantined_) {
      if (redriving_.contains(id)) continue;
      Delivery delivery;
      try {
        Envelope envelope = DecodeEnvelope(*kept.bytes);
        envelope.offset = kept.offset;
        envelope.late = true;
        delivery.what = std::move(envelope);
      } catch (const Error& error) {
        // It was an envelope once, so its bytes come from a state that somebody changed.
        delivery.what = error;
      }
      delivery.bytes = kept.bytes;
      delivery.redriven = id;
      deliveries.push_back(std::move(delivery));
      redriving_.insert(id);
    }
  }
  const std::size_t count = deliveries.size();
  Append(std::move(deliveries));
  return count;
}

bool SubscriptionCore::Discard(std::int64_t id) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) throw Error(Errc::kClosed, "the subscription has ended; subscribe again").WithChannel(channel_);
    if (quarantined_.erase(id) == 0) return false;
  }
  // Behind the handling under way, which may be about to save that very envelope.
  dispatch_->Post([self = shared_from_this(), id] {
    const auto client = self->client_.lock();
    if (!client) return;
    Progress progress;
    progress.quarantine.Remove(id);
    client->SaveProgress(self->key(), progress);
  });
  return true;
}

bool SubscriptionCore::Redeliver(ClientCore& client, const Handlers& handlers, const Delivery& delivery,
                                 Progress& progress) {
  const std::int64_t id = delivery.redriven;
  QuarantinedEnvelope kept;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = quarantined_.find(id);
    if (found == quarantined_.end()) {
      redriving_.erase(id);  // It was discarded meanwhile.
      return true;
    }
    kept = found->second;
  }
  const auto* envelope = std::get_if<Envelope>(&delivery.what);
  const std::optional<Objection> objection = envelope != nullptr ? client.CheckIncoming(*envelope) : std::nullopt;
  const Error* refused = envelope == nullptr ? &std::get<Error>(delivery.what) : objection ? &*objection : nullptr;
  if (refused != nullptr) Report(client, handlers, *refused);
  if (envelope == nullptr || (objection && objection->fatal)) {
    kept.code = refused->errc();
    kept.reason = ReasonOf(*refused);
    progress.quarantine.Put(kept);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = quarantined_.find(id); found != quarantined_.end()) found->second = kept;
    redriving_.erase(id);
    return true;
  }
  Progress with_removal = progress;
  with_removal.quarantine.Remove(id);
  if (!HandOver(client, handlers, *envelope, with_removal)) return false;
  progress = std::move(with_removal);
  const std::lock_guard<std::mutex> lock(mutex_);
  quarantined_.erase(id);
  redriving_.erase(id);
  return true;
}

}  // namespace gapless::internal

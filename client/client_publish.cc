// The publishing side of the client's driver.

#include <utility>

#include "client/client_core.h"
#include "client/deadline.h"
#include "client/handler_scope.h"
#include "gapless/channel_name.h"

namespace gapless::internal {

Durability ClientCore::DefaultDurability() const {
  return options_.durability.value_or(options_.snapshotter ? Durability::kEach : Durability::kMemory);
}

void ClientCore::CheckChannel(const std::string& channel) const {
  if (channel.empty()) throw Error(Errc::kChannelRequired, "the channel is empty");
  if (!options_.any_channel_name) ChannelName::Parse(channel);
}

PreparedEnvelope ClientCore::Prepare(const std::string& channel, const Draft& draft) {
  CheckChannel(channel);
  if (draft.aspect.empty()) throw Error(Errc::kAspectRequired, "the draft has no aspect").WithChannel(channel);
  Envelope envelope;
  envelope.channel = channel;
  envelope.producer = options_.producer;
  envelope.aspect = draft.aspect;
  envelope.schema_ref = draft.schema_ref;
  envelope.payload = draft.payload;
  if (draft.causation) {
    envelope.causation = *draft.causation;
  } else if (const Envelope* cause = HandlerScope::CurrentEnvelope()) {
    envelope.causation = {cause->channel, cause->sequence};
  }
  if (options_.validate_outgoing) CheckOutgoing(envelope);
  PreparedEnvelope prepared(envelope);
  if (prepared.MaxBytes() > traits_.max_message_bytes && traits_.max_message_bytes != 0) {
    throw Error(Errc::kTooLarge, "the envelope takes up to " + std::to_string(prepared.MaxBytes()) +
                                     " bytes, the transport carries " + std::to_string(traits_.max_message_bytes))
        .WithChannel(channel);
  }
  return prepared;
}

Receipt ClientCore::Publish(const std::string& channel, const Draft& draft) {
  if (HandlerScope::CurrentTransaction(this) != nullptr) {
    throw Error(
        Errc::kInvalidState,
        "Publish inside a transaction would wait for an envelope that leaves only after the commit; use Enqueue")
        .WithChannel(channel);
  }
  const auto slot = std::make_shared<AnswerSlot<PublishAnswer>>();
  PublishGate::Accepted accepted;
  try {
    accepted = gate_->Accept(channel, Prepare(channel, draft), DefaultDurability(), slot);
  } catch (const Error&) {
    ++counters_.refused;
    throw;
  }
  ++counters_.published;
  const auto answer = slot->WaitUntil(*runtime_, DeadlineIn(*runtime_, options_.request_timeout));
  if (!answer) {
    throw Error(
        Errc::kOutcomeUnknown,
        "no acknowledgement within request_timeout; the envelope keeps its sequence and is sent until there is one")
        .WithChannel(channel)
        .WithSequence(accepted.sequence);
  }
  if (const auto* refused = std::get_if<Error>(&*answer)) throw *refused;
  return {channel, accepted.sequence, accepted.produced_at, std::get<std::optional<Position>>(*answer)};
}

Receipt ClientCore::Enqueue(const std::string& channel, const Draft& draft) {
  try {
    const PreparedEnvelope prepared = Prepare(channel, draft);
    PublishGate::Exclusive* transaction = HandlerScope::CurrentTransaction(this);
    const auto accepted = transaction != nullptr ? transaction->Stamp(channel, prepared)
                                                 : gate_->Accept(channel, prepared, DefaultDurability(), nullptr);
    if (transaction == nullptr) ++counters_.published;
    return {channel, accepted.sequence, accepted.produced_at, std::nullopt};
  } catch (const Error&) {
    ++counters_.refused;
    throw;
  }
}

void ClientCore::Transact(const std::function<void(Transaction&)>& body) {
  gate_->RequireOpen();
  TransactWithCursor({}, {}, HandlerScope::CurrentEnvelope(), body);
}

void ClientCore::TransactWithCursor(const ConsumerKey& key, const ConsumerState& progress, const Envelope* envelope,
                                    const std::function<void(Transaction&)>& body) {
  if (!transactional()) {
    throw Error(Errc::kNotSupported, "transactions need a snapshotter that is a database, such as SqliteSnapshotter");
  }
  if (HandlerScope::CurrentTransaction(this) != nullptr) {
    throw Error(Errc::kInvalidState, "a transaction of this client is open on this thread already");
  }
  const bool has_progress = !progress.cursors.empty() || progress.position != Position{};
  const ConsumerState pending = has_progress ? state_writer_->TakeProgress(key) : ConsumerState{};
  ConsumerState save = pending;
  for (const auto& [producer, cursor] : progress.cursors) save.cursors[producer] = cursor;
  save.position = progress.position;
  try {
    PublishGate::Exclusive exclusive(*gate_);
    std::size_t stamped = 0;
    options_.snapshotter->Transact([&](Transaction& transaction) {
      {
        const HandlerScope scope(this, envelope, &exclusive);
        body(transaction);
      }
      Changes changes = exclusive.TakeChanges();
      stamped = changes.outbox_added.size();
      if (has_progress) changes.consumers.emplace_back(key, save);
      return changes;
    });
    exclusive.Commit();
    counters_.published += stamped;
  } catch (...) {
    // Whatever it was goes on to the caller; what had been pending before must not be forgotten with it.
    if (pending != ConsumerState{}) state_writer_->Progress(key, pending);
    throw;
  }
  if (has_progress) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ConsumerState& known = consumers_[key];
    for (auto& [producer, cursor] : save.cursors) known.cursors[producer] = cursor;
    known.position = std::move(save.position);
  }
}

void ClientCore::Finish(PublishOutcome outcome) {
  const PendingPublish& publish = outcome.publish;
  if (publish.in_outbox) state_writer_->Acknowledged(publish.channel, publish.sequence);
  if (outcome.refused) {
    ++counters_.refused;
    // Without state nobody can tell that the number was used, so it may be used again and the stream has no hole.
    if (!options_.snapshotter) gate_->GiveBack(publish.channel, publish.sequence);
    Error refused = *outcome.refused;
    refused.WithChannel(publish.channel).WithSequence(publish.sequence);
    if (publish.waiter) {
      publish.waiter->Put(refused);
    } else {
      PostError(refused.WithRaw(*publish.bytes));
    }
  } else {
    ++counters_.acknowledged;
    if (publish.waiter) publish.waiter->Put(outcome.position);
  }
  gate_->Settled(1);
  const std::lock_guard<std::mutex> lock(mutex_);
  changed_.notify_all();
}

}  // namespace gapless::internal

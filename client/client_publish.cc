// The publishing side of the client's driver.

#include <utility>

#include "client/client_core.h"
#include "client/deadline.h"
#include "client/handler_scope.h"
#include "client/promised_receipt.h"
#include "gapless/channel_name.h"

namespace gapless::internal {
namespace {

Error StillSent(const std::string& why) {
  return Error(Errc::kOutcomeUnknown, why + "; the envelope keeps its sequence and is sent until it is acknowledged");
}

}  // namespace

Durability ClientCore::DurabilityOf(const std::string& channel) const {
  for (const auto& [pattern, durability] : durability_rules_) {
    if (pattern.Matches(channel)) return durability;
  }
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

void ClientCore::RequireNoTransaction(const std::string& channel) const {
  if (HandlerScope::CurrentTransaction(this) == nullptr) return;
  throw Error(Errc::kInvalidState,
              "inside a transaction this would wait for an envelope that leaves only after the commit; use Enqueue")
      .WithChannel(channel);
}

PublishGate::Accepted ClientCore::Accept(const std::string& channel, const Draft& draft, const PublishOptions& options,
                                         TimePoint deadline, const std::function<void(PublishAnswer)>& on_answer) {
  try {
    const PreparedEnvelope prepared = Prepare(channel, draft);
    SettleReserved(channel, deadline);
    for (;;) {
      if (options_.when_full == WhenFull::kBlock && !AwaitRoom(deadline, options.cancel)) {
        throw Error(Errc::kQueueFull, "the deadline passed while max_unacknowledged (" +
                                          std::to_string(options_.max_unacknowledged) +
                                          ") envelopes waited for the server")
            .WithChannel(channel);
      }
      if (options.cancel.stop_requested()) {
        throw Error(Errc::kCancelled, "the publish was cancelled before it was accepted").WithChannel(channel);
      }
      try {
        const PublishGate::Accepted accepted = gate_->Accept(channel, prepared, DurabilityOf(channel), on_answer);
        ++counters_.published;
        return accepted;
      } catch (const Error& error) {
        // Somebody else took the room.
        if (error.errc() != Errc::kQueueFull || options_.when_full != WhenFull::kBlock) throw;
      }
    }
  } catch (const Error&) {
    ++counters_.refused;
    throw;
  }
}

bool ClientCore::AwaitRoom(TimePoint deadline, const std::stop_token& cancel) {
  const std::stop_callback wake(cancel, [this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex_);
  return runtime_->Wait(lock, changed_, deadline, [&] {
    return gate_->unacknowledged() < options_.max_unacknowledged || closed_ || cancel.stop_requested();
  });
}

bool ClientCore::WaitForRoom(std::chrono::milliseconds timeout) {
  AwaitRoom(DeadlineIn(*runtime_, timeout), {});
  return gate_->unacknowledged() < options_.max_unacknowledged;
}

Receipt ClientCore::Publish(const std::string& channel, const Draft& draft, const PublishOptions& options) {
  RequireNoTransaction(channel);
  const TimePoint deadline = DeadlineIn(*runtime_, options.timeout.value_or(options_.request_timeout));
  const auto slot = std::make_shared<AnswerSlot<PublishAnswer>>();
  const PublishGate::Accepted accepted =
      Accept(channel, draft, options, deadline, [slot](PublishAnswer answer) { slot->Put(std::move(answer)); });
  const std::stop_callback wake(options.cancel, [&] {
    slot->Put(StillSent("the wait was cancelled").WithChannel(channel).WithSequence(accepted.sequence));
  });
  const auto answer = slot->WaitUntil(*runtime_, deadline);
  if (!answer) throw StillSent("no answer before the deadline").WithChannel(channel).WithSequence(accepted.sequence);
  if (const auto* refused = std::get_if<Error>(&*answer)) throw *refused;
  return std::get<Receipt>(*answer);
}

std::future<Receipt> ClientCore::PublishAsync(const std::string& channel, const Draft& draft,
                                              const PublishOptions& options) {
  RequireNoTransaction(channel);
  const TimePoint deadline = options.timeout ? DeadlineIn(*runtime_, *options.timeout) : TimePoint::max();
  const auto promised = std::make_shared<PromisedReceipt>();
  const PublishGate::Accepted accepted =
      Accept(channel, draft, options, deadline, [promised](PublishAnswer answer) { promised->Put(std::move(answer)); });
  const auto give_up = [weak = std::weak_ptr(promised), channel, sequence = accepted.sequence](const char* why) {
    if (const auto waiting = weak.lock()) {
      waiting->Put(StillSent(why).WithChannel(channel).WithSequence(sequence));
    }
  };
  if (deadline != TimePoint::max()) {
    strand_->PostAt(deadline, TimerKind::kDeadline, [give_up] { give_up("no answer before the deadline"); });
  }
  promised->CancelWith(options.cancel, [give_up] { give_up("the wait was cancelled"); });
  return promised->Future();
}

Receipt ClientCore::Enqueue(const std::string& channel, const Draft& draft, const PublishOptions& options) {
  if (PublishGate::Exclusive* transaction = HandlerScope::CurrentTransaction(this)) {
    try {
      const PreparedEnvelope prepared = Prepare(channel, draft);
      if (gate_->UnsureOf(channel)) {
        throw Error(Errc::kInvalidState,
                    "an earlier life left open which sequences of this stream were used, and that cannot be settled "
                    "inside a transaction; publish on the channel once outside")
            .WithChannel(channel);
      }
      const PublishGate::Accepted accepted = transaction->Stamp(channel, prepared);
      return {channel, accepted.sequence, accepted.produced_at, std::nullopt};
    } catch (const Error&) {
      ++counters_.refused;
      throw;
    }
  }
  const TimePoint deadline = DeadlineIn(*runtime_, options.timeout.value_or(options_.request_timeout));
  const PublishGate::Accepted accepted = Accept(channel, draft, options, deadline, nullptr);
  return {channel, accepted.sequence, accepted.produced_at, std::nullopt};
}

void ClientCore::Finish(PublishOutcome outcome) {
  const PendingPublish& publish = outcome.publish;
  if (publish.in_outbox) state_writer_->Acknowledged(publish.channel, publish.sequence);
  if (outcome.refused) {
    ++counters_.refused;
    // Without state nobody can tell that the number was used, so it may be used again and the stream has no hole.
    // One that was sent twice may have been taken the first time, so its number is not given out again.
    if (!options_.snapshotter && !outcome.resent) gate_->GiveBack(publish.channel, publish.sequence);
    Error refused = *outcome.refused;
    refused.WithChannel(publish.channel).WithSequence(publish.sequence);
    if (publish.on_answer) {
      publish.on_answer(refused);
    } else {
      PostError(refused.WithRaw(*publish.bytes));
    }
  } else {
    ++counters_.acknowledged;
    if (publish.on_answer) {
      publish.on_answer(Receipt{publish.channel, publish.sequence, publish.produced_at, outcome.position});
    }
  }
  gate_->Settled(1);
  const std::lock_guard<std::mutex> lock(mutex_);
  changed_.notify_all();
}

}  // namespace gapless::internal

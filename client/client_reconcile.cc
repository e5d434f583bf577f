// Which sequences an earlier life really used: asked of the server's history where state alone cannot tell.

#include <utility>

#include "client/client_core.h"
#include "client/current_exception.h"
#include "client/stream_check.h"

namespace gapless::internal {

// Reserved sequences (Durability::kReserved) are settled before the first publish, on the publisher's own thread: it
// has nothing to send before it has a number.
void ClientCore::SettleReserved(const std::string& channel, TimePoint deadline) {
  const auto unsure = gate_->UnsureOf(channel);
  if (!unsure) return;
  std::string why = "the client is not connecting";
  const ConnectionState state = State();
  if (!traits_.history) {
    why = "the transport has no history";
  } else if (state == ConnectionState::kConnected || state == ConnectionState::kConnecting) {
    try {
      StreamCheck check(channel, options_.producer.id, 0, options_.max_in_flight);
      while (check.TakePage(std::get<HistoryReply>(Ask(check.NextPage(), deadline)))) {
      }
      const std::int64_t server_last = check.server_last();
      if (server_last > unsure->ceiling) {
        gate_->Stop(channel, server_last);
        return;  // The gate refuses, and says why.
      }
      // A server that is behind what state knows may have forgotten what it had handed out before.
      if (server_last >= unsure->last && check.sure()) {
        gate_->Settle(channel, server_last);
        OnSession([this, channel](TimePoint, Effects&) { session_.TrustStream(channel); });
        return;
      }
      why = "its history is behind this state, or does not reach back far enough";
    } catch (const Error& error) {
      if (error.errc() == Errc::kClosed) throw;
      why = error.what();
    }
  }
  // Of several threads that ask at once, one tells.
  if (!gate_->Settle(channel, unsure->ceiling)) return;
  PostError(Error(Errc::kUnrecoverable, "the server could not tell how many of the reserved sequences were used (" +
                                            why + "); the stream goes on at " + std::to_string(unsure->ceiling + 1) +
                                            ", so subscribers may see a gap from " + std::to_string(unsure->last + 1))
                .WithChannel(channel)
                .WithSequence(unsure->ceiling + 1));
}

void ClientCore::ReturnReserved() {
  const Changes changes = gate_->TakeReserved();
  if (changes.Empty()) return;
  try {
    options_.snapshotter->Save(changes);
  } catch (...) {
    // Nothing is lost: the next life asks the server, as after a crash.
    ++counters_.save_failures;
    CallErrorHandler(
        Error(Errc::kStateNotWritable, "reserved sequences could not be given back: " + CurrentExceptionText()));
  }
}

void ClientCore::OnStale(const StaleEffect& stale) {
  gate_->Stop(stale.channel, stale.server_last);
  if (options_.stale_state != StaleState::kAdopt) return;
  dispatch_->Post([self = shared_from_this(), channel = stale.channel] {
    try {
      self->AdoptServerSequence(channel);
    } catch (const Error& error) {
      self->CallErrorHandler(error);
    }
  });
}

void ClientCore::AdoptServerSequence(const std::string& channel) {
  RequireNoTransaction(channel);
  const auto server_last = gate_->StoppedAt(channel);
  if (!server_last) {
    throw Error(Errc::kInvalidState, "the stream was not stopped, so there is nothing to adopt").WithChannel(channel);
  }
  Changes adopted;
  adopted.produced.emplace_back(channel, *server_last);
  adopted.reserved.emplace_back(channel, 0);
  options_.snapshotter->Save(adopted);
  const auto slot = std::make_shared<AnswerSlot<std::vector<PendingPublish>>>();
  OnSession([this, slot, channel](TimePoint now, Effects& out) { slot->Put(session_.AdoptStream(channel, now, out)); });
  const auto given_up = slot->WaitUntil(*runtime_, TimePoint::max()).value_or(std::vector<PendingPublish>{});
  gate_->Settle(channel, *server_last);
  for (const PendingPublish& publish : given_up) {
    if (publish.in_outbox) state_writer_->Acknowledged(channel, publish.sequence);
    GiveUp(publish, Error(Errc::kStateStale, "accepted under a sequence that the server has already; it was not sent"));
  }
}

}  // namespace gapless::internal

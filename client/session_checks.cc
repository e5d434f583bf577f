// The session's half that compares the client's own streams with what the server has of them (promise P6).

#include <algorithm>
#include <utility>

#include "client/session.h"

namespace gapless::internal {
namespace {
// A server that cannot tell for now may be asked again at once: the answers are a round trip apart.
constexpr std::uint32_t kMaxCheckRetries = 3;

Error StaleError(const std::string& channel, std::int64_t server_last, std::int64_t stamped) {
  return Error(Errc::kStateStale, "the server has sequence " + std::to_string(server_last) +
                                      " of this stream, this state knows " + std::to_string(stamped) +
                                      " at most: it is an old copy, or somebody else publishes as this producer; going "
                                      "on would use sequences twice. Restore the newer state, or call "
                                      "Client::AdoptServerSequence")
      .WithChannel(channel)
      .WithSequence(server_last);
}

}  // namespace

void Session::Remember(const std::string& channel, std::int64_t last) {
  std::int64_t& stamped = stamped_[channel];
  stamped = std::max(stamped, last);
}

void Session::TrustStream(const std::string& channel) {
  stamped_.erase(channel);
  trusted_.insert(channel);
}

void Session::HoldForCheck(const std::string& channel) {
  if (checks_.try_emplace(channel).second) {
    pump_.Hold(channel);
    checks_to_start_.push_back(channel);
  }
}

void Session::StartChecks(TimePoint now, Effects& out) {
  for (const std::string& channel : std::exchange(checks_to_start_, {})) {
    const auto held = pump_.Held(channel);
    checks_.at(channel).reader.emplace(channel, options_.reconcile_as, held.empty() ? 0 : held.front()->sequence, 0);
    AskForCheck(channel, now, out);
  }
}

void Session::AskForCheck(const std::string& channel, TimePoint now, Effects& out) {
  Check& check = checks_.at(channel);
  check.request = Request(check.reader->NextPage(), {OfCheck{channel}, now}, out);
}

void Session::OnCheckReply(const std::string& channel, const ReplyEvent& reply, TimePoint now, Effects& out) {
  const auto found = checks_.find(channel);
  if (found == checks_.end() || found->second.request != reply.id) return;
  Check& check = found->second;
  if (const auto* page = std::get_if<HistoryReply>(&reply.body)) {
    if (check.reader->TakePage(*page)) return AskForCheck(channel, now, out);
  } else if (RefusalOf(reply).temporary && check.failures++ < kMaxCheckRetries) {
    return AskForCheck(channel, now, out);
  }
  FinishCheck(channel, now, out);
}

void Session::FinishCheck(const std::string& channel, TimePoint now, Effects& out) {
  // So that what was accepted meanwhile is held with the rest.
  Pump(now, out);
  const auto node = checks_.extract(channel);
  const StreamCheck& reader = *node.mapped().reader;
  const auto& seen = reader.seen();
  std::set<std::int64_t> taken;
  bool differs = false;
  for (const PendingPublish* publish : pump_.Held(channel)) {
    const auto there = seen.find(publish->sequence);
    if (there == seen.end()) continue;
    if (SameEnvelope(*publish->bytes, there->second.envelope)) {
      taken.insert(publish->sequence);
    } else {
      differs = true;
    }
  }
  if (!trusted_.contains(channel)) {
    if (differs || reader.server_last() > stamped_[channel]) return StopStream(channel, reader.server_last(), out);
    TrustStream(channel);
  }
  for (PendingPublish& publish :
       pump_.TakeHeld(channel, [&](const PendingPublish& held) { return taken.contains(held.sequence); })) {
    const Position position = seen.at(publish.sequence).position;
    out.push_back(PublishDoneEffect{{std::move(publish), std::nullopt, position, false}});
  }
  pump_.Release(channel);
  Pump(now, out);
}

void Session::StopStream(const std::string& channel, std::int64_t server_last, Effects& out) {
  const Error error = StaleError(channel, server_last, stamped_[channel]);
  // First, so that whoever learns of the refusal below finds the stream stopped.
  out.push_back(StaleEffect{channel, server_last});
  // What an outbox holds stays there, untouched, until the user decides; what it does not hold is given up.
  for (PendingPublish& publish : pump_.TakeHeld(channel, [](const PendingPublish& held) { return !held.in_outbox; })) {
    Error refused = error;
    refused.WithSequence(publish.sequence);
    out.push_back(PublishDoneEffect{{std::move(publish), std::move(refused), std::nullopt, false}});
  }
  out.push_back(ErrorEffect{error});
}

std::vector<PendingPublish> Session::AdoptStream(const std::string& channel, TimePoint now, Effects& out) {
  checks_.erase(channel);
  TrustStream(channel);
  pump_.Hold(channel);
  Pump(now, out);
  auto held = pump_.TakeHeld(channel, [](const PendingPublish&) { return true; });
  pump_.Release(channel);
  return held;
}

}  // namespace gapless::internal

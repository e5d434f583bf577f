#include "hub/simulation/published_streams.h"

#include <algorithm>
#include <iterator>

namespace gapless::simulation {

std::string NameOf(const PublishedStreams::Key& key, std::int64_t sequence) {
  return key.second + "#" + std::to_string(sequence) + " on " + key.first;
}

void PublishedStreams::Started(const std::string& producer, bool keeps_sequences, Timestamp now) {
  for (auto& [key, stream] : streams_) {
    if (key.second != producer) continue;
    stream.current().owed_by_this_life.clear();
    stream.current().accepted_in_this_life = {};
    if (!keeps_sequences && stream.current().highest > 0) stream.generations[stream.number() + 1].since = now;
  }
  if (!keeps_sequences) volatile_producers_.insert(producer);
}

void PublishedStreams::Accepted(const Key& key, std::int64_t sequence, bool in_outbox) {
  Generation& stream = streams_[key].current();
  const bool reserved = reserving_producers_.contains(key.second);
  const bool again = (reserved ? stream.accepted_in_this_life : stream.accepted).Contains(sequence);
  // Without durable sequences, one that the server refused may be used again.
  const auto given_back = [&] {
    return volatile_producers_.contains(key.second) && stream.refused_for_good.erase(sequence) > 0;
  };
  if (again && !given_back()) complain_("P2", NameOf(key, sequence) + " was given to two envelopes");
  if (sequence < 1) complain_("P1", NameOf(key, sequence) + " is no sequence");
  (in_outbox ? stream.owed : stream.owed_by_this_life).insert(sequence);
  stream.accepted.Add(sequence);
  stream.accepted_in_this_life.Add(sequence);
  stream.used.Add(sequence);
  stream.highest = std::max(stream.highest, sequence);
}

void PublishedStreams::Uncertain(const Key& key, std::int64_t sequences) {
  streams_[key].current().uncertain += sequences;
}

void PublishedStreams::Acknowledged(const Key& key, std::int64_t sequence) {
  streams_[key].current().owed.insert(sequence);
}

void PublishedStreams::Served(const std::string& channel, std::string_view data) {
  Envelope envelope;
  try {
    envelope = DecodeEnvelope(data);
  } catch (const Error&) {
    return;  // Not one of gapless's; whoever receives it is told.
  }
  const Key key{channel, envelope.producer.id};
  const std::int64_t sequence = envelope.sequence;
  Generation& stream = GenerationOf(key, envelope);
  const auto known = stream.taken.find(sequence);
  ++places_;
  if (known != stream.taken.end()) {
    known->second.last_place = places_;
    if (known->second.data == data) return;
    if (!volatile_producers_.contains(key.second)) {
      complain_("P2", NameOf(key, sequence) + " was sent with two different contents");
      return;
    }
    // Without durable sequences one may be used again where the server refused a resend of what it had taken before.
    known->second.envelope = std::move(envelope);
    known->second.data = std::string(data);
    return;
  }
  if (sequence < stream.highest_taken && !stream.refused.contains(sequence)) {
    complain_("P4", NameOf(key, sequence) + " reached the server first after " + std::to_string(stream.highest_taken));
  }
  CheckCause(envelope);
  stream.highest_taken = std::max(stream.highest_taken, sequence);
  stream.highest = std::max(stream.highest, sequence);
  stream.used.Add(sequence);
  stream.taken.emplace(sequence, Taken{std::move(envelope), std::string(data), places_, places_});
}

// A connection may bring what a life sent after the next one has begun.
PublishedStreams::Generation& PublishedStreams::GenerationOf(const Key& key, const Envelope& envelope) {
  auto& generations = streams_[key].generations;
  auto at = std::prev(generations.end());
  while (at != generations.begin() && envelope.produced_at < at->second.since) --at;
  return at->second;
}

void PublishedStreams::CheckCause(const Envelope& envelope) {
  const Causation& cause = envelope.causation;
  if (cause.IsRoot()) return;
  // The reference names no producer; any of the channel's will do.
  for (const auto& [key, stream] : streams_) {
    if (key.first != cause.parent_channel) continue;
    for (const auto& [number, generation] : stream.generations) {
      if (generation.taken.contains(cause.parent_sequence)) return;
    }
  }
  complain_("causation", NameOf({envelope.channel, envelope.producer.id}, envelope.sequence) + " was caused by " +
                             std::to_string(cause.parent_sequence) + " on " + cause.parent_channel +
                             ", which no server had taken before");
}

void PublishedStreams::Refused(const std::string& channel, std::string_view data, bool for_good) {
  try {
    const Envelope envelope = DecodeEnvelope(data);
    Generation& stream = GenerationOf({channel, envelope.producer.id}, envelope);
    stream.refused.insert(envelope.sequence);
    if (for_good) stream.refused_for_good.insert(envelope.sequence);
    stream.used.Add(envelope.sequence);
    stream.highest = std::max(stream.highest, envelope.sequence);
  } catch (const Error&) {
    return;  // Not one of gapless's.
  }
}

void PublishedStreams::Finish() {
  for (auto& [key, stream] : streams_) {
    for (auto& [number, generation] : stream.generations) {
      std::int64_t holes = 0;
      std::int64_t first_hole = 0;
      for (std::int64_t at = generation.used.FirstMissing(1); at < generation.highest;
           at = generation.used.FirstMissing(at + 1)) {
        if (holes++ == 0) first_hole = at;
      }
      if (holes > generation.uncertain) {
        complain_("P1", NameOf(key, first_hole) + " was never used, nor were " + std::to_string(holes - 1) +
                            " others below " + std::to_string(generation.highest));
      }
      std::set<std::int64_t> owed = generation.owed;
      if (number == stream.number()) owed.merge(std::set<std::int64_t>(generation.owed_by_this_life));
      for (const std::int64_t sequence : owed) {
        if (generation.taken.contains(sequence) || generation.refused_for_good.contains(sequence)) continue;
        complain_("P4", NameOf(key, sequence) + " was accepted, but no server ever took it");
      }
    }
  }
}

const PublishedStreams::Stream* PublishedStreams::Find(const Key& key) const {
  const auto found = streams_.find(key);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace gapless::simulation

#include "hub/simulation/consumed_streams.h"

#include <algorithm>
#include <utility>

namespace gapless::simulation {
namespace {

bool SameContent(const Envelope& a, const Envelope& b) {
  return a.payload == b.payload && a.produced_at == b.produced_at && a.aspect == b.aspect &&
         a.causation == b.causation && a.schema_ref == b.schema_ref;
}

constexpr int kUnknownGeneration = -1;

std::string RangeText(std::int64_t first, std::int64_t last) {
  return "[" + std::to_string(first) + ", " + std::to_string(last) + "]";
}

}  // namespace

ConsumedStreams::ConsumedStreams(HistoryChecker::Consumer consumer, const PublishedStreams& published,
                                 const std::set<std::string>& lossy, PublishedStreams::Complain complain)
    : consumer_(std::move(consumer)), published_(published), lossy_(lossy), complain_(std::move(complain)) {}

void ConsumedStreams::Complain(const std::string& promise, const std::string& producer, std::int64_t sequence,
                               const std::string& what) const {
  complain_(promise, consumer_.name + ": " + NameOf(KeyOf(producer), sequence) + " " + what);
}

ConsumedStreams::Stream& ConsumedStreams::StreamOf(const std::string& producer) {
  const auto [entry, is_new] = streams_.try_emplace(producer);
  // Only a consumer that began before everything misses what came before the first envelope that it saw.
  if (is_new) entry->second.based = consumer_.from_start;
  return entry->second;
}

void ConsumedStreams::Started() {
  told_open_ = false;
  // One that may or may not have a place to go on from does so, or replays everything. One that began with what came
  // next had its place before its handlers were called, wherever places mean anything.
  const bool resumes = saved_anything_ || (consumer_.from_start ? maybe_saved_ : began_ && !MayLose());
  if (!consumer_.durable || !resumes) {
    streams_.clear();
    return;
  }
  for (auto& [producer, stream] : streams_) {
    if (StartedOver(producer)) {
      // Which of the producer's streams the place to go on from belongs to shows only as it goes on.
      stream = Stream{};
      stream.generation = kUnknownGeneration;
      continue;
    }
    stream.saved_before = stream.saved;
    stream.last = 0;
    stream.delivered = {};
    stream.told_before.Add(stream.told);
    stream.told = {};
    stream.open_before = stream.open_ever;
    stream.open = false;
    stream.open_from = 0;
    stream.reset = false;
  }
}

bool ConsumedStreams::StartedOver(const std::string& producer) const {
  const PublishedStreams::Stream* const published = published_.Find(KeyOf(producer));
  return published != nullptr && published->number() > 0;
}

bool ConsumedStreams::Wanted(const std::string& aspect) const {
  const auto& aspects = consumer_.aspects;
  return aspects.empty() || std::find(aspects.begin(), aspects.end(), aspect) != aspects.end();
}

std::int64_t ConsumedStreams::FirstOwed(const Stream& stream, const std::string& producer, std::int64_t from,
                                        std::int64_t end) const {
  const PublishedStreams::Stream* const published = published_.Find(KeyOf(producer));
  const auto filtered = [&](std::int64_t sequence) {
    if (published == nullptr) return false;
    // Of which generation it was, no handler has seen.
    return std::any_of(published->generations.begin(), published->generations.end(), [&](const auto& generation) {
      const auto taken = generation.second.taken.find(sequence);
      return taken != generation.second.taken.end() && !Wanted(taken->second.envelope.aspect);
    });
  };
  for (std::int64_t at = stream.covered.FirstMissing(from); at < end; at = stream.covered.FirstMissing(at + 1)) {
    if (!filtered(at)) return at;
  }
  return end;
}

void ConsumedStreams::MatchContent(Stream& stream, const Envelope& envelope) {
  const PublishedStreams::Stream* const published = published_.Find(KeyOf(envelope.producer.id));
  const int before = stream.generation;
  bool known = false;
  if (published != nullptr) {
    for (auto it = published->generations.rbegin(); it != published->generations.rend() && !known; ++it) {
      const auto taken = it->second.taken.find(envelope.sequence);
      known = taken != it->second.taken.end() && SameContent(taken->second.envelope, envelope);
      if (!known) continue;
      if (!envelope.late) stream.generation = it->first;
      if (stream.first_place == 0) stream.first_place = taken->second.last_place;
    }
  }
  if (!known) {
    Complain("R1", envelope.producer.id, envelope.sequence, "was delivered with a content that no server took");
  }
  if (envelope.late) return;
  if (stream.reset && stream.generation <= before) {
    Complain("R6", envelope.producer.id, envelope.sequence, "was told as a reset, but the producer did not start over");
  }
  if (!stream.reset && stream.generation > before) {
    // A producer that started over and whose beginning nobody saw: its sequences go on as if nothing had happened.
    stream.based = true;
    stream.base = envelope.sequence - 1;
    stream.saved_before = std::min(stream.saved_before, stream.base);
  }
  stream.reset = false;
}

void ConsumedStreams::Delivered(const Envelope& envelope) {
  began_ = true;
  Stream& stream = StreamOf(envelope.producer.id);
  const std::int64_t sequence = envelope.sequence;
  MatchContent(stream, envelope);
  if (!Wanted(envelope.aspect)) {
    Complain("R4", envelope.producer.id, sequence, "was delivered though its aspect is filtered out");
  }
  if (stream.delivered.Contains(sequence)) {
    Complain("R1", envelope.producer.id, sequence, "was delivered twice in one life");
  } else if (!envelope.late) {
    CheckOrder(stream, envelope);
  } else if (!stream.told.Contains(sequence) && !stream.told_before.Contains(sequence) &&
             !StartedOver(envelope.producer.id)) {
    Complain("R2", envelope.producer.id, sequence, "was delivered as late, but was in no gap that was told");
  }
  stream.delivered.Add(sequence);
}

void ConsumedStreams::CheckOrder(Stream& stream, const Envelope& envelope) {
  const std::string& producer = envelope.producer.id;
  const std::int64_t sequence = envelope.sequence;
  if (stream.told.Contains(sequence)) {
    Complain("R2", producer, sequence, "was told as missing, then delivered without the mark of a late one");
    return;
  }
  if (sequence <= stream.last) {
    Complain("R1", producer, sequence, "was delivered after " + std::to_string(stream.last));
    return;
  }
  if (sequence <= stream.saved_before) {
    Complain("R3", producer, sequence, "was delivered again though a cursor beyond it was durable");
  }
  const bool has_base = stream.based && !MetAnew(stream);
  const std::int64_t from = stream.last != 0 ? stream.last + 1 : has_base ? stream.base + 1 : sequence;
  const std::int64_t owed = FirstOwed(stream, producer, from, sequence);
  if (owed < sequence) {
    Complain(stream.last != 0 ? "R2" : "R3", producer, owed,
             "was neither handled nor told as missing when " + std::to_string(sequence) + " was delivered");
  }
  stream.base = stream.based ? std::max(stream.base, sequence - 1) : sequence - 1;
  stream.based = true;
  stream.last = sequence;
}

void ConsumedStreams::Handled(const Envelope& envelope) {
  StreamOf(envelope.producer.id).covered.Add(envelope.sequence);
}

void ConsumedStreams::ToldGap(const Gap& gap) {
  told_open_ = told_open_ || gap.kind == GapKind::kOpen;
  if (gap.producer.empty()) {
    if (!MayLose()) complain_("R2", consumer_.name + ": an open gap was told where nothing can have been lost");
    return;
  }
  Stream& stream = StreamOf(gap.producer);
  switch (gap.kind) {
    case GapKind::kRange:
      ToldRange(stream, gap);
      return;
    case GapKind::kOpen:
      if (stream.open) Complain("R2", gap.producer, gap.first, "was told as an open gap twice");
      if (!MayLose()) Complain("R2", gap.producer, gap.first, "was told as an open gap where nothing can be lost");
      stream.open = stream.open_ever = true;
      stream.open_from = gap.first;
      return;
    case GapKind::kNone:
      if (!stream.open && !stream.open_before && !maybe_saved_) {
        Complain("R2", gap.producer, gap.first, "closed an open gap that was never told");
      }
      stream.open = stream.open_before = false;
      return;
    case GapKind::kReset:
      ToldReset(stream, gap);
      return;
    default:
      return;
  }
}

void ConsumedStreams::ToldRange(Stream& stream, const Gap& gap) {
  const std::string range = "of the gap " + RangeText(gap.first, gap.last) + " ";
  if (gap.first < 1 || gap.first > gap.last) {
    Complain("R2", gap.producer, gap.first, range + "is no range");
    return;
  }
  if (stream.told.Overlaps(gap.first, gap.last)) Complain("R2", gap.producer, gap.first, range + "was told twice");
  if (stream.delivered.Overlaps(gap.first, gap.last)) {
    Complain("R2", gap.producer, gap.first, range + "was told though something of it was delivered before");
  }
  if (gap.last <= stream.saved_before) {
    Complain("R2", gap.producer, gap.first, range + "was told again though a cursor beyond it was durable");
  }
  if (!MayLose()) CheckFalseAlarm(stream, gap);
  stream.covered.Add(gap.first, gap.last);
  stream.told.Add(gap.first, gap.last);
  stream.open = stream.open_before = false;
}

void ConsumedStreams::CheckFalseAlarm(const Stream& stream, const Gap& gap) {
  const PublishedStreams::Stream* const published = published_.Find(KeyOf(gap.producer));
  // Which of several generations the gap means cannot be told.
  if (published == nullptr || published->generations.size() > 1) return;
  const auto& taken = published->generations.begin()->second.taken;
  const auto shown_by = taken.find(gap.last + 1);
  if (shown_by == taken.end()) return;
  for (auto it = taken.lower_bound(gap.first); it != taken.end() && it->first <= gap.last; ++it) {
    // What the server took only after the envelope that showed the hole could not be had at the time.
    if (it->second.place > shown_by->second.place) continue;
    // A server that refuses some of a stream may have taken this before what the consumer met first, be it filtered
    // out.
    const bool before = stream.first_place == 0 || it->second.place < stream.first_place;
    if (before && !consumer_.from_start) continue;
    const bool filtered = !Wanted(it->second.envelope.aspect);
    Complain(filtered ? "R4" : "R2", gap.producer, it->first,
             "was told as missing, but the server had it all the time");
    return;
  }
}

void ConsumedStreams::ToldReset(Stream& stream, const Gap& gap) {
  const PublishedStreams::Stream* const published = published_.Find(KeyOf(gap.producer));
  if (published == nullptr || published->number() <= stream.generation) {
    Complain("R6", gap.producer, gap.first, "was told as a reset, but the producer did not start over");
  }
  Stream anew;
  anew.generation = stream.generation;
  anew.before_reset = std::max({stream.last, stream.saved, stream.base});
  stream = anew;
  stream.based = true;
  stream.reset = true;
}

void ConsumedStreams::ToldError(const Error& error) {
  if (error.sequence() <= 0 || error.producer().empty()) return;
  if (error.errc() != Errc::kPayloadInvalid && error.errc() != Errc::kUnsupportedAspect) return;
  StreamOf(error.producer()).covered.Add(error.sequence());
}

void ConsumedStreams::SavedCursor(const std::string& producer, std::int64_t sequence) {
  SavedPlace();
  Stream& stream = StreamOf(producer);
  if (stream.reset && sequence > stream.last && sequence <= stream.before_reset) return;
  if (sequence < stream.saved) {
    Complain("R3", producer, sequence, "was saved as the cursor after " + std::to_string(stream.saved));
  }
  if (stream.reset) {
    // The envelope that showed the reset was filtered out; to which generation it belongs shows only later.
    stream.base = std::max(stream.base, sequence);
  } else if (stream.based && !MetAnew(stream)) {
    const std::int64_t owed = FirstOwed(stream, producer, stream.base + 1, sequence + 1);
    if (owed <= sequence) {
      Complain("R3", producer, owed,
               "was neither handled nor told when the cursor " + std::to_string(sequence) + " was saved");
    }
  } else {
    // All that was seen so far was filtered out.
    stream.based = true;
    stream.base = std::max(stream.base, sequence);
  }
  stream.saved = sequence;
}

void ConsumedStreams::Finish() {
  for (const auto& [key, published] : published_.streams()) {
    if (key.first != consumer_.channel) continue;
    const auto& [number, generation] = *published.generations.rbegin();
    if (generation.taken.empty()) continue;
    const std::int64_t top = generation.taken.rbegin()->first;
    Stream& stream = StreamOf(key.second);
    if (told_open_ && stream.last == 0 && stream.saved == 0) continue;
    if (stream.open) Complain("R2", key.second, top, "has an open gap that was never closed");
    if (stream.generation != number) {
      // Of what only an open gap covers nothing may have come that could show it.
      if (MayLose() && stream.open_from > stream.last) continue;
      Complain(number > 0 ? "R6" : "R2", key.second, top, "never arrived: the producer started over unnoticed");
      continue;
    }
    const std::int64_t from = stream.based ? stream.base + 1 : top;
    // What came in this life has been handled by now, and what was before it was checked as it came.
    const std::int64_t owed = FirstOwed(stream, key.second, from, top + 1);
    // Of what came last nothing later could show the loss; the open gap has told of it.
    const bool told_open = MayLose() && stream.open_from != 0 && owed >= stream.open_from;
    if (owed <= top && !told_open) Complain("R2", key.second, owed, "never arrived and was never told as missing");
  }
}

}  // namespace gapless::simulation

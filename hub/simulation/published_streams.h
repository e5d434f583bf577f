#ifndef GAPLESS_HUB_SIMULATION_PUBLISHED_STREAMS_H_
#define GAPLESS_HUB_SIMULATION_PUBLISHED_STREAMS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "gapless/envelope.h"
#include "hub/simulation/interval_set.h"

namespace gapless::simulation {

/// The publishers' and the servers' half of a history: what was accepted, sent and taken (promises P1 to P4).
class PublishedStreams {
 public:
  /// Takes a promise and how it was broken.
  using Complain = std::function<void(std::string, std::string)>;
  explicit PublishedStreams(Complain complain) : complain_(std::move(complain)) {}

  /// An envelope that some server took, as it was first taken.
  struct Taken {
    Envelope envelope;
    std::string data;
    /// Its place among all that servers ever took, and that of its last copy.
    std::uint64_t place = 0;
    std::uint64_t last_place = 0;
  };
  /// One stream from its sequence 1 on. A producer without durable sequences begins a new one with each life.
  struct Generation {
    /// When it began, by its producer's clock.
    Timestamp since = kUnsetTime;
    std::map<std::int64_t, Taken> taken;
    IntervalSet used;
    IntervalSet accepted;
    IntervalSet accepted_in_this_life;
    std::int64_t highest = 0;
    std::int64_t uncertain = 0;
    std::set<std::int64_t> refused;
    std::set<std::int64_t> refused_for_good;
    /// Accepted, and must be taken in the end. The others may be lost with the life that accepted them.
    std::set<std::int64_t> owed;
    std::set<std::int64_t> owed_by_this_life;
    std::int64_t highest_taken = 0;
  };
  struct Stream {
    std::map<int, Generation> generations{{0, {}}};
    Generation& current() { return generations.rbegin()->second; }
    int number() const { return generations.rbegin()->first; }
  };
  /// Channel and producer.
  using Key = std::pair<std::string, std::string>;

  void Started(const std::string& producer, bool keeps_sequences, Timestamp now);
  void ReusesUnseen(const std::string& producer) { reserving_producers_.insert(producer); }
  void Accepted(const Key& key, std::int64_t sequence, bool in_outbox);
  void Uncertain(const Key& key, std::int64_t sequences);
  void Acknowledged(const Key& key, std::int64_t sequence);
  void Served(const std::string& channel, std::string_view data);
  void Refused(const std::string& channel, std::string_view data, bool for_good);
  void Finish();

  const Stream* Find(const Key& key) const;
  const std::map<Key, Stream>& streams() const { return streams_; }

 private:
  Generation& GenerationOf(const Key& key, const Envelope& envelope);
  void CheckCause(const Envelope& envelope);

  const Complain complain_;
  std::map<Key, Stream> streams_;
  std::set<std::string> volatile_producers_;
  std::set<std::string> reserving_producers_;
  std::uint64_t places_ = 0;
};

/// "p1#5 on public:a.b"
std::string NameOf(const PublishedStreams::Key& key, std::int64_t sequence);

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_PUBLISHED_STREAMS_H_

#ifndef GAPLESS_HUB_SIMULATION_INTERVAL_SET_H_
#define GAPLESS_HUB_SIMULATION_INTERVAL_SET_H_

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace gapless::simulation {

/// Sequences, kept as ranges, so that a long run costs one entry.
class IntervalSet {
 public:
  void Add(std::int64_t sequence) { Add(sequence, sequence); }

  void Add(std::int64_t first, std::int64_t last) {
    auto it = ranges_.upper_bound(first);
    if (it != ranges_.begin() && std::prev(it)->second >= first - 1) --it;
    while (it != ranges_.end() && it->first <= last + 1) {
      first = std::min(first, it->first);
      last = std::max(last, it->second);
      it = ranges_.erase(it);
    }
    ranges_.emplace(first, last);
  }

  void Add(const IntervalSet& other) {
    for (const auto& [first, last] : other.ranges_) Add(first, last);
  }

  bool Contains(std::int64_t sequence) const { return FirstMissing(sequence) != sequence; }
  bool Overlaps(std::int64_t first, std::int64_t last) const {
    const auto it = ranges_.upper_bound(last);
    return it != ranges_.begin() && std::prev(it)->second >= first;
  }
  /// The lowest sequence from `from` on that is not in it.
  std::int64_t FirstMissing(std::int64_t from) const {
    const auto it = ranges_.upper_bound(from);
    if (it == ranges_.begin()) return from;
    const std::int64_t last = std::prev(it)->second;
    return last >= from ? last + 1 : from;
  }

 private:
  /// First → last; neither overlapping nor touching.
  std::map<std::int64_t, std::int64_t> ranges_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_INTERVAL_SET_H_

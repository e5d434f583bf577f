#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_OUTDATED_POSITIONS_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_OUTDATED_POSITIONS_H_

#include <set>
#include <string>

namespace gapless::centrifuge {

/// The channels whose positions from before mean nothing any more, by the server's own word (3014, 2502): a recovery
/// from there could be granted by mistake. Outlives connections. Pure.
class OutdatedPositions {
 public:
  void AddAll() {
    all_but_ = true;
    channels_.clear();
  }
  void Add(const std::string& channel) { Mark(channel, true); }
  /// A subscription of after that word has a position.
  void Renew(const std::string& channel) { Mark(channel, false); }
  bool Contains(const std::string& channel) const { return channels_.contains(channel) != all_but_; }

 private:
  void Mark(const std::string& channel, bool outdated) {
    if (outdated != all_but_) {
      channels_.insert(channel);
    } else {
      channels_.erase(channel);
    }
  }

  /// Whether all channels are meant but those in `channels_`.
  bool all_but_ = false;
  std::set<std::string> channels_;
};

/// No epoch of any server: asked to recover from there, it says that it cannot.
inline constexpr char kNoEpoch[] = "_";

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_OUTDATED_POSITIONS_H_

#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_CHANNEL_IDS_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_CHANNEL_IDS_H_

#include <cstdint>
#include <string>
#include <unordered_map>

namespace gapless::centrifuge {

/// The numbers by which a server names channels in its pushes, on one connection. A number belongs to one subscription
/// and ends with it.
class ChannelIds {
 public:
  /// `id` means `channel` from here on, and whatever meant it before does not. Ids that are not above 0 mean nothing.
  void Set(const std::string& channel, std::int64_t id) {
    Forget(channel);
    if (id <= 0) return;
    if (const auto other = names_.find(id); other != names_.end()) Forget(std::string(other->second));
    names_.emplace(id, channel);
    ids_.emplace(channel, id);
  }
  void Forget(const std::string& channel) {
    const auto known = ids_.find(channel);
    if (known == ids_.end()) return;
    names_.erase(known->second);
    ids_.erase(known);
  }
  /// Null for a number that means nothing.
  const std::string* Find(std::int64_t id) const {
    const auto known = names_.find(id);
    return known == names_.end() ? nullptr : &known->second;
  }

 private:
  std::unordered_map<std::int64_t, std::string> names_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_CHANNEL_IDS_H_

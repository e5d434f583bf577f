#ifndef GAPLESS_HUB_ORDERED_MAP_H_
#define GAPLESS_HUB_ORDERED_MAP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gapless::hub {

/// Hashes look-up keys without making a string of them.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// A hash map that walks in the order of insertion, all at amortised O(1). Entries sit in slots; an erased slot
/// stays empty until half of the slots are, so walks stay linear in the live entries. Handles between the two
/// parts are indexes, which keeps the map copyable. References die with the next insertion or erasure.
template <class Value>
class OrderedMap {
 public:
  std::size_t size() const noexcept { return index_.size(); }
  bool empty() const noexcept { return index_.empty(); }

  Value* Find(std::string_view key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &slots_[found->second]->second;
  }
  const Value* Find(std::string_view key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &slots_[found->second]->second;
  }
  /// The value of `key`, new at the end of the order if there was none.
  Value& FindOrAppend(std::string_view key) {
    if (Value* value = Find(key)) return *value;
    slots_.emplace_back(std::in_place, std::string(key), Value{});
    try {
      index_.emplace(std::string(key), static_cast<std::uint32_t>(slots_.size() - 1));
    } catch (...) {
      slots_.pop_back();
      throw;
    }
    return slots_.back()->second;
  }
  bool Erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    slots_[found->second].reset();
    index_.erase(found);
    CompactIfSparse();
    return true;
  }
  /// Calls `visit(key, value)` for each entry, oldest first.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const auto& slot : slots_) {
      if (slot) visit(slot->first, slot->second);
    }
  }

 private:
  static constexpr std::size_t kSmallestToCompact = 16;

  void CompactIfSparse() {
    if (slots_.size() < kSmallestToCompact || index_.size() * 2 > slots_.size()) return;
    std::uint32_t filled = 0;
    for (auto& slot : slots_) {
      if (!slot) continue;
      auto& target = slots_[filled];
      if (&target != &slot) {
        target = std::move(slot);
        slot.reset();
      }
      index_.find(target->first)->second = filled++;
    }
    slots_.resize(filled);
  }

  std::vector<std::optional<std::pair<std::string, Value>>> slots_;
  TextMap<std::uint32_t> index_;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_ORDERED_MAP_H_

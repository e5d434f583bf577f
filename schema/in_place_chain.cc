#include "schema/in_place_chain.h"

#include <algorithm>
#include <string>
#include <vector>

#include "schema/json_pointer.h"

namespace gapless::internal {
namespace {

class ChainWalk {
 public:
  explicit ChainWalk(const SchemaTree& tree) : tree_(tree), lengths_(tree.nodes.size(), kUnknown) {}

  /// Number of schemas in the longest chain from this one. `before` schemas lead here, which bounds the recursion.
  std::size_t LengthFrom(SchemaIndex index, std::size_t before) {
    const SchemaNode& node = tree_.nodes[index];
    if (node.reference) return LengthFrom(*node.reference, before);
    std::size_t& length = lengths_[index];
    if (length == kOpen) FailEndless(node);
    if (length == kUnknown) {
      if (before == kMaxInPlaceChain) FailTooLong(node);
      length = kOpen;
      std::size_t longest = 0;
      for (const SchemaRule& rule : node.rules) {
        if (rule.keyword->role != KeywordRole::kInPlace) continue;
        for (const auto& [name, child] : rule.children) longest = std::max(longest, LengthFrom(child, before + 1));
      }
      length = longest + 1;
    }
    if (before + length > kMaxInPlaceChain) FailTooLong(node);
    return length;
  }

 private:
  static constexpr std::size_t kUnknown = 0;
  static constexpr std::size_t kOpen = static_cast<std::size_t>(-1);

  [[noreturn]] static void FailTooLong(const SchemaNode& node) {
    throw SchemaError{"more than " + std::to_string(kMaxInPlaceChain) +
                      " schemas apply to one value, each because of the one before, through " +
                      ShownPointer(node.pointer)};
  }

  const SchemaTree& tree_;
  std::vector<std::size_t> lengths_;
};

}  // namespace

void FailEndless(const SchemaNode& node) {
  throw SchemaError{"the schema at " + ShownPointer(node.pointer) + " applies itself for ever"};
}

void CheckInPlaceChains(const SchemaTree& tree) {
  ChainWalk walk(tree);
  for (SchemaIndex index = 0; index < tree.nodes.size(); ++index) walk.LengthFrom(index, 0);
}

}  // namespace gapless::internal

#ifndef GAPLESS_TAG_FILTER_H_
#define GAPLESS_TAG_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gapless {

/// What a server was told about one publication, beside its data: names and values (Centrifugo: `tags`).
using Tags = std::map<std::string, std::string>;

/// Which publications of a channel a subscription wants, by their tags (Centrifugo: tag filter, `FilterNode`).
///
///     TagFilter::And({TagFilter::In("symbol", {"A", "B"}), TagFilter::AtLeast("price", "10.5")})
///
/// Numbers are plain decimals of at most 200 characters, 19 of them behind the point (`10.5`, `+12`, not `1e2`); a
/// tag or a bound that is none makes a comparison false. All makers throw `Error(kInvalidArgument)` for an empty key,
/// value or list where one is needed, and for filters nested deeper than `kMaxDepth`. A filter never changes; copies
/// and reads are thread-safe.
class TagFilter {
 public:
  static constexpr std::size_t kMaxDepth = 32;

  /// The tag is there and has this value.
  static TagFilter Equal(std::string key, std::string value);
  /// The tag has another value, or is not there.
  static TagFilter NotEqual(std::string key, std::string value);
  /// The value is among these. A tag that is not there counts as empty.
  static TagFilter In(std::string key, std::vector<std::string> values);
  static TagFilter NotIn(std::string key, std::vector<std::string> values);
  static TagFilter Exists(std::string key);
  static TagFilter NotExists(std::string key);
  /// The tag is there and its value begins, ends, has inside.
  static TagFilter StartsWith(std::string key, std::string value);
  static TagFilter EndsWith(std::string key, std::string value);
  static TagFilter Contains(std::string key, std::string value);
  /// The tag is there, and a number that compares so with `bound`, exactly.
  static TagFilter Above(std::string key, std::string bound);
  static TagFilter AtLeast(std::string key, std::string bound);
  static TagFilter Below(std::string key, std::string bound);
  static TagFilter AtMost(std::string key, std::string bound);
  /// All of them, or one of them at least.
  static TagFilter And(std::vector<TagFilter> filters);
  static TagFilter Or(std::vector<TagFilter> filters);
  static TagFilter Not(TagFilter filter);

  /// From its JSON. Throws `Error(kInvalidArgument)` for what is no filter or is malformed.
  static TagFilter Parse(std::string_view json);
  /// As the Centrifuge protocol writes it.
  std::string ToJson() const;

  bool Matches(const Tags& tags) const;

  friend bool operator==(const TagFilter&, const TagFilter&) = default;

 private:
  enum class Kind : std::uint8_t {
    kEqual,
    kNotEqual,
    kIn,
    kNotIn,
    kExists,
    kNotExists,
    kStartsWith,
    kEndsWith,
    kContains,
    kAbove,
    kAtLeast,
    kBelow,
    kAtMost,
    kAnd,
    kOr,
    kNot,
  };

  TagFilter(Kind kind, std::string key, std::vector<std::string> values, std::vector<TagFilter> parts);
  static TagFilter ParseAt(std::string_view json, std::size_t depth);
  void AppendJson(std::string& out) const;
  bool MatchesValue(const std::string* value) const;

  Kind kind_;
  std::size_t depth_ = 1;
  std::string key_;
  std::vector<std::string> values_;
  std::vector<TagFilter> parts_;
};

}  // namespace gapless

#endif  // GAPLESS_TAG_FILTER_H_

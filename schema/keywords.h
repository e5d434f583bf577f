#ifndef GAPLESS_SCHEMA_KEYWORDS_H_
#define GAPLESS_SCHEMA_KEYWORDS_H_

#include <cstdint>
#include <string_view>

namespace gapless::internal {

/// What a schema keyword's value must be.
enum class KeywordShape : std::uint8_t {
  kAny,
  kText,
  kFlag,
  kNumber,
  kPositiveNumber,
  kCount,   ///< An integer from 0.
  kNames,   ///< A list of property names.
  kValues,  ///< A list of any values.
  kSchema,
  kSchemas,       ///< A list of at least one schema.
  kSchemaMap,     ///< An object of schemas.
  kDependencies,  ///< An object of schemas or lists of names.
  kPattern,
  kFormat,
  kReference,
};

/// Who knows a schema keyword, and what it does to the value.
enum class KeywordRole : std::uint8_t {
  kParsec,   ///< Of Parsec's own subset; null stands for "absent".
  kNote,     ///< Says something to people, or holds schemas for `$ref`.
  kLeaf,     ///< Enforced beyond Parsec; looks at the value by itself.
  kMember,   ///< Enforced beyond Parsec; applies schemas to the value's members or their names.
  kInPlace,  ///< Enforced beyond Parsec; applies schemas to the value itself.
};

struct Keyword {
  std::string_view name;
  KeywordShape shape;
  KeywordRole role;
};

/// Nothing for a keyword that is not enforced here and therefore is refused.
const Keyword* FindKeyword(std::string_view name) noexcept;

/// Whether it is one of the seven names that `type` may have an effect with.
bool IsSchemaType(std::string_view name) noexcept;

/// `type`, `required`, `properties`, `items`, `additionalProperties`, `enum`, `description`: the order in which
/// Parsec writes its keywords; other keywords come behind them. The rank of those is the same for all.
int KeywordRank(std::string_view name) noexcept;

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_KEYWORDS_H_

#ifndef GAPLESS_SCHEMA_JSON_DOCUMENT_H_
#define GAPLESS_SCHEMA_JSON_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace gapless::internal {

/// What `ReadDocument` takes; bounds every later walk over the document.
struct DocumentLimits {
  std::size_t max_bytes;
  /// Levels of arrays and objects.
  std::size_t max_depth;
  /// Scalars, arrays and objects together.
  std::size_t max_values;
};

/// What a document is for decides how it is read.
enum class DocumentUse : std::uint8_t {
  kPayload,   ///< Of a repeated key the last counts, as in Go; numbers are doubles.
  kSchema,    ///< A repeated key is refused; numbers are doubles, so that they compare with those of payloads.
  kRegistry,  ///< A repeated key is refused; integers stay exact.
};

/// Why a text is not taken. Never leaves the library: whoever reads turns it into an `Error`.
struct DocumentError {
  /// Well-formed as far as it was read, but above a limit.
  bool over_limit;
  std::string reason;
};

/// Reads exactly one JSON value; strings are repaired to UTF-8. A double that an int64 holds exactly is stored as an
/// integer, so that 1 and 1.0 are the same value and `is_number_integer` answers Parsec's question (not for kRegistry).
/// Throws `DocumentError`.
nlohmann::json ReadDocument(std::string_view text, const DocumentLimits& limits, DocumentUse use);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_JSON_DOCUMENT_H_

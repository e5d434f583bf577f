#ifndef GAPLESS_TESTS_UNIT_ENVELOPE_FIXTURES_H_
#define GAPLESS_TESTS_UNIT_ENVELOPE_FIXTURES_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/thrown_error.h"

namespace gapless::test {

/// The base of the golden vectors: 2026-05-27T14:22:09.331Z, sequence 1, user u-1, aspect data, no payload.
Envelope Sample();
Envelope SampleWithPayload(std::string payload);
Timestamp Milliseconds(std::int64_t since_1970);

/// Contents of tests/golden/envelope/`name`.
std::string ReadGolden(const std::string& name);
/// One JSON value per line of tests/golden/envelope/`name`.
std::vector<nlohmann::json> ReadGoldenLines(const std::string& name);
/// Bytes kept as a JSON string with one character U+0000 to U+00FF per byte.
std::string Bytes(const nlohmann::json& text);
/// The enum for a kind's text.
ProducerKind KindOf(std::string_view text);

/// A copy of a text that ends where the readable memory ends: reading one byte more kills the test.
class FencedText {
 public:
  explicit FencedText(std::string_view text);
  ~FencedText();
  FencedText(const FencedText&) = delete;
  FencedText& operator=(const FencedText&) = delete;

  std::string_view view() const noexcept { return text_; }

 private:
  void* pages_;
  std::size_t mapped_bytes_;
  std::string_view text_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_ENVELOPE_FIXTURES_H_

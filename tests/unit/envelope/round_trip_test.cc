#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

/// Envelopes of every shape whose texts are UTF-8 and whose payloads are compact, so that nothing may change on the
/// way.
class EnvelopeGenerator {
 public:
  explicit EnvelopeGenerator(std::uint64_t seed) : random_(seed) {}

  Envelope Next() {
    Envelope envelope;
    envelope.channel = Text(4);
    envelope.sequence = Integer();
    envelope.producer = {Text(4), Pick(std::vector{ProducerKind::kUnspecified, ProducerKind::kUser,
                                                   ProducerKind::kAgent, ProducerKind::kService})};
    envelope.aspect = Text(3);
    if (Chance()) envelope.schema_ref = Text(3);
    if (Chance()) envelope.causation = {Text(2), Integer()};
    if (Chance()) envelope.payload = Json(4);
    constexpr std::int64_t kFirst = -62'167'219'200'000;  // 0000-01-01T00:00:00Z
    constexpr std::int64_t kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z
    envelope.produced_at = test::Milliseconds(std::uniform_int_distribution(kFirst, kLast)(random_));
    return envelope;
  }

 private:
  bool Chance() { return random_() % 2 == 0; }

  template <typename T>
  T Pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  std::int64_t Integer() {
    return Chance() ? static_cast<std::int64_t>(random_()) >> (random_() % 64)
                    : Pick<std::int64_t>({0, 1, INT64_MAX, INT64_MIN});
  }

  std::string Text(std::size_t most) {
    static const std::vector<std::string> kPieces = {"a",
                                                     "room.42",
                                                     "eightbyte",
                                                     "<",
                                                     ">",
                                                     "&",
                                                     "\"",
                                                     "\\",
                                                     "/",
                                                     std::string(1, '\0'),
                                                     "\x1f",
                                                     "\n",
                                                     "\x7F",
                                                     "\xC2\x80",
                                                     "\xC3\xA9",
                                                     "\xE2\x80\xA8",
                                                     "\xE2\x80\xA9",
                                                     "\xED\x9F\xBF",
                                                     "\xEE\x80\x80",
                                                     "\xEF\xBF\xBD",
                                                     "\xF0\x9F\x98\x80",
                                                     "\xF4\x8F\xBF\xBF"};
    std::string text;
    for (std::size_t count = random_() % (most + 1); count > 0; --count) text += Pick(kPieces);
    return text;
  }

  std::string JsonText() {
    static const std::vector<std::string> kPieces = {"a",         "eightbyte",    R"(\")",    R"(\\)",
                                                     R"(\u003c)", R"(\ud800)",    "\xC3\xA9", "\xFF",
                                                     "\xE2\x80",  "\xE2\x80\xAA", "/",        "\x7F"};
    std::string text = "\"";
    for (std::size_t count = random_() % 4; count > 0; --count) text += Pick(kPieces);
    return text + '"';
  }

  std::string Json(std::size_t depth) {
    const std::uint64_t kind = random_() % (depth == 0 ? 2 : 4);
    if (kind == 0) return Pick<std::string>({"null", "true", "false", "0", "-0.0", "2.50", "1E+05", "1e400"});
    if (kind == 1) return JsonText();
    std::string members;
    for (std::size_t count = random_() % 4; count > 0; --count) {
      if (!members.empty()) members += ',';
      if (kind == 3) members += JsonText() + ':';
      members += Json(depth - 1);
    }
    return kind == 2 ? '[' + members + ']' : '{' + members + '}';
  }

  std::mt19937_64 random_;
};

std::string Space(std::mt19937_64& random) {
  std::string space(random() % 3, ' ');
  for (char& c : space) c = " \n\t\r"[random() % 4];
  return space;
}

constexpr std::uint64_t kSeed = 331;
constexpr int kRounds = 5'000;

BOOST_AUTO_TEST_SUITE(round_trip)

BOOST_AUTO_TEST_CASE(C23_what_is_encoded_decodes_to_itself) {
  EnvelopeGenerator generator(kSeed);
  for (int round = 0; round < kRounds; ++round) {
    const Envelope envelope = generator.Next();
    const std::string bytes = EncodeEnvelope(envelope);
    BOOST_TEST_CONTEXT("round " << round << ": " << bytes) {
      const test::FencedText fenced(bytes);
      BOOST_CHECK(DecodeEnvelope(fenced.view()) == envelope);
    }
  }
}

BOOST_AUTO_TEST_CASE(space_between_tokens_changes_nothing_but_the_payload) {
  EnvelopeGenerator generator(kSeed + 1);
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 500; ++round) {
    Envelope envelope = generator.Next();
    const std::string bytes = EncodeEnvelope(envelope);
    std::string spaced;
    bool in_string = false;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const bool structural = !in_string && std::string_view("{}[],:").find(bytes[at]) != std::string_view::npos;
      if (structural) spaced += Space(random);
      if (in_string && bytes[at] == '\\')
        spaced += bytes[at++];
      else if (bytes[at] == '"')
        in_string = !in_string;
      spaced += bytes[at];
      if (structural) spaced += Space(random);
    }
    BOOST_TEST_CONTEXT("round " << round << ": " << spaced) {
      const Envelope decoded = DecodeEnvelope(spaced);
      BOOST_TEST(EncodeEnvelope(decoded) == bytes);
      envelope.payload = decoded.payload;
      BOOST_CHECK(decoded == envelope);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

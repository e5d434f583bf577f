// Whatever the bytes, decoding ends: with an envelope that can be used or with kMalformed. Every text ends at a page
// that cannot be read.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;
using test::FencedText;
using test::Number;

std::vector<std::string> Texts() {
  std::vector<std::string> texts;
  for (int number = 1; number <= 17; ++number)
    texts.push_back(test::ReadGolden("G" + std::to_string(number) + ".json"));
  texts.emplace_back(
      " { \"x\" : [ -1.5e+9 , true , { \"k\" : [ ] } ] , \"sequence\" : -17 , \"producer\" : { \"kind\" : \"agent\" } ,"
      "\"aspect\":\"\\ud83d\\ude00 \xC3\xA9 \\n\" , \"payload\" : { \"a\" : [ null , \"\\u2028\" , 0.25 ] } } ");
  return texts;
}

/// Nothing for a text that decodes to what can be used; otherwise the error.
std::optional<Error> Decode(const std::string& text) {
  const FencedText bytes(text);
  return ErrorOf([&] {
    const Envelope envelope = DecodeEnvelope(bytes.view());
    envelope.payload.size();
    // The payload of an envelope that was decoded is well-formed, so only a number beyond all doubles is refused.
    try {
      envelope.ParsePayload();
    } catch (const Error& error) {
      BOOST_TEST(std::string(error.what()).find("out of range") != std::string::npos, text);
    }
    Envelope known = envelope;
    if (known.producer.kind == ProducerKind::kUnknown) known.producer.kind = ProducerKind::kUser;
    const std::string encoded = EncodeEnvelope(known);
    BOOST_TEST(EncodeEnvelope(DecodeEnvelope(encoded)) == encoded);
  });
}

BOOST_AUTO_TEST_SUITE(hostile_input)

BOOST_AUTO_TEST_CASE(every_truncated_text_is_refused_and_kept) {
  for (const std::string& text : Texts()) {
    const std::size_t end = text.rfind('}');
    for (std::size_t length = 0; length <= end; ++length) {
      const std::string cut = text.substr(0, length);
      const auto error = Decode(cut);
      BOOST_TEST_CONTEXT(cut) {
        BOOST_REQUIRE(error.has_value());
        BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
        BOOST_TEST(error->raw() == cut);
        BOOST_TEST(std::string(error->what()) ==
                   "envelope byte " + std::to_string(length) + ": the text ends too early: malformed input");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(random_changes_never_do_worse_than_a_refusal) {
  constexpr std::uint64_t kSeed = 20'260'527;
  std::mt19937_64 random(kSeed);
  const std::vector<std::string> texts = Texts();
  std::size_t refused = 0;
  constexpr std::size_t kRounds = 30'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::string text = texts[random() % texts.size()];
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text[at] = static_cast<char>(text[at] ^ (1 << random() % 8));
          break;
        case 2:
          text.erase(at, 1 + random() % 9);
          break;
        default: {
          const std::string again = text.substr(at, 1 + random() % 9);
          text.insert(random() % text.size(), again);
        }
      }
      if (text.empty()) text = "{";
    }
    const auto error = Decode(text);
    if (!error) continue;
    ++refused;
    BOOST_TEST_CONTEXT("round " << round << ": " << text) {
      // A time whose offset leads out of the years that have a text decodes, and only then.
      if (error->errc() == Errc::kInvalidArgument) continue;
      BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
      BOOST_TEST(error->raw() == text);
    }
  }
  // Both ways must have been taken often for this to mean anything.
  BOOST_TEST(refused > kRounds / 4);
  BOOST_TEST(refused < kRounds - kRounds / 50);
}

BOOST_AUTO_TEST_CASE(deep_and_endless_texts_are_refused_without_recursion) {
  for (const std::string unit : {"[", "{\"a\":", "{\"payload\":", "[[],", "\"", "\\", "1", "-", "{\"producer\":"}) {
    std::string text = "{\"payload\":";
    while (text.size() < 3'000'000) text += unit;
    const auto error = ErrorOf([&] { DecodeEnvelope(text); });
    BOOST_TEST_CONTEXT(unit) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
    }
  }
}

BOOST_AUTO_TEST_CASE(messages_stay_short_and_printable_whatever_the_text) {
  const std::string junk = std::string(100'000, 'A') + "\n\x1b[31m\xE2\x80\xAE";
  const std::vector<std::string> texts = {
      "{\"sequence\":1" + std::string(100'000, '9') + "}",
      "{\"produced_at\":\"\\n" + std::string(100'000, 'A') + "\"}",
      "{\"produced_at\":\"\xE2\x80\xAE\"}",
      "{\"CHANNEL\":1}",
      junk,
      "{" + junk,
      "{\"" + junk,
      "{\"channel\":" + junk,
  };
  for (const std::string& text : texts) {
    const auto error = ErrorOf([&] { DecodeEnvelope(text); });
    BOOST_REQUIRE(error.has_value());
    const std::string what = error->what();
    BOOST_TEST(what.size() < 400u);
    BOOST_TEST(what.find_first_of("\n\x1b") == std::string::npos);
    BOOST_TEST(what.find("\xE2\x80\xAE") == std::string::npos);
    BOOST_TEST((error->raw() == text));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

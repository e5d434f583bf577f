#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "envelope/json_string.h"
#include "hub/server/delta_encoder.h"
#include "tests/unit/thrown_error.h"
#include "transport/centrifuge/fossil_delta.h"

namespace gapless::centrifuge {
namespace {

using namespace std::string_literals;

const std::string kBase = R"({"count":10,"name":"alpha-centauri"})";
const std::string kTarget = R"({"count":11,"name":"alpha-centauri"})";

/// Why the delta is refused; "taken" if it is not.
std::string Refusal(const std::string& base, const std::string& delta) {
  const auto error = test::ErrorOf([&] { ApplyFossilDelta(base, delta); });
  if (!error) return "taken";
  BOOST_TEST(test::Number(error->errc()) == test::Number(Errc::kProtocol));
  return error->what();
}

bool Says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = internal::Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_fossil_delta)

// The deltas were written by hand from the description of the format; the first one is a copy, an insert and a copy,
// as Centrifugo sends it for these two texts, the second the whole target in one insert.
BOOST_AUTO_TEST_CASE(C26_DeltasMakeTheTargetOfTheBase) {
  BOOST_TEST(ApplyFossilDelta(kBase, "_\nA@0,1:1P@B,1LnVlB;") == kTarget);
  BOOST_TEST(ApplyFossilDelta("", "_\n_:" + kTarget + "1LnVlB;") == kTarget);
  BOOST_TEST(ApplyFossilDelta(kBase, "_\n_:" + kTarget + "1LnVlB;") == kTarget);
  BOOST_TEST(ApplyFossilDelta("whatever", "0\n0;").empty());
  BOOST_TEST(ApplyFossilDelta("", "1\n1:a1X0000;") == "a");
  BOOST_TEST(ApplyFossilDelta("", "2\n2:ab1XOW00;") == "ab");
  BOOST_TEST(ApplyFossilDelta("", "4\n4:abcd1XObD_;") == "abcd");
  BOOST_TEST(ApplyFossilDelta("dcba", "4\n1@3,1@2,1@1,1@0,1XObD_;") == "abcd");
}

BOOST_AUTO_TEST_CASE(C26_NumbersHaveDigitsOfTheirOwnAndThirtyTwoBits) {
  // 64 and 4096 bytes of one character, so that the numbers are the digits for 35, 36, 63, 64 and 4096.
  for (const auto& [size, number] :
       {std::pair{35, "Z"}, {36, "_"}, {37, "a"}, {62, "z"}, {63, "~"}, {64, "10"}, {4096, "100"}}) {
    const std::string target(static_cast<std::size_t>(size), '\0');
    BOOST_TEST(ApplyFossilDelta(target, number + "\n"s + number + "@0,0;") == target);
  }
  BOOST_TEST(Says(Refusal("", "400000\n0;"), "32 bits"));
  BOOST_TEST(Says(Refusal("", "zzzzzzzzzzzzzzzzzzzz\n0;"), "32 bits"));
  BOOST_TEST(Says(Refusal("", "\n0;"), "number is missing"));
}

BOOST_AUTO_TEST_CASE(C26_WhateverIsMalformedIsRefused) {
  const std::string good = "_\nA@0,1:1P@B,1LnVlB;";
  const std::pair<std::string, std::string> kBad[] = {
      {"", "number is missing"},
      {"_", "too early"},
      {"_A@0,", "separator"},
      {"_\n", "number is missing"},
      {"_\nA", "too early"},
      {"_\nA@", "number is missing"},
      {"_\nA@0", "too early"},
      {"_\nA@0;", "separator"},
      {"_\nA@0,1:", "within an insert"},
      {"_\nA@0,3~~~~~:1", "within an insert"},
      {"_\nA@0,1?1", "no such operation"},
      {"_\nA@0,1:1P@B,1LnVlB", "too early"},
      {"_\nA@0,1:1P@B,1LnVlC;", "checksum"},
      {"_\nA@0,1:2P@B,1LnVlB;", "checksum"},
      {"_\nA@0,1:11LnVlB;", "makes less"},
      {"A\nA@0,1:1P@B,1LnVlB;", "makes more"},
      {"_\nA@0,1:1Q@B,1LnVlB;", "beyond the end"},
      {"_\n1@_,1LnVlB;", "beyond the end"},
      // The sum of both has more than 32 bits.
      {"_\n3~~~~~@3~~~~~,1LnVlB;", "beyond the end"},
      {good + "x", "follows its end"},
  };
  BOOST_TEST(Refusal(kBase, good) == "taken");
  for (const auto& [delta, why] : kBad) {
    const std::string refusal = Refusal(kBase, delta);
    BOOST_TEST(Says(refusal, why), delta << ": " << refusal);
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    BOOST_TEST(Refusal(kBase, good.substr(0, length)) != "taken");
  }
}

BOOST_AUTO_TEST_CASE(C26_ADeltaOfAnotherBaseIsFoundOut) {
  BOOST_TEST(Says(Refusal(R"({"count":10,"name":"omega-centauri"})", "_\nA@0,1:1P@B,1LnVlB;"), "another base"));
  BOOST_TEST(Says(Refusal("", "_\nA@0,1:1P@B,1LnVlB;"), "beyond the end"));
}

BOOST_AUTO_TEST_CASE(C26_NoMoreIsMadeThanTheDeltaNamesAndThanCanBeTaken) {
  BOOST_TEST(Says(Refusal("", "40000\n0;"), "makes less"));
  BOOST_TEST(Says(Refusal("", "40001\n0;"), "too large"));
  BOOST_TEST(Says(Refusal("", "3~~~~~\n0;"), "too large"));
  std::string bomb = "10\n";
  for (int copies = 0; copies < 1'000; ++copies) bomb += "Z@0,";
  BOOST_TEST(Says(Refusal(std::string(64, 'x'), bomb + "0;"), "makes more"));
}

BOOST_AUTO_TEST_CASE(S13_TheHubsDeltasMakeTheTargetOfTheBase) {
  BOOST_TEST(hub::EncodeDelta(kBase, kTarget) == "_\nA@0,1:1P@B,1LnVlB;");
  const std::string texts[] = {"", "a", "aa", "aaa", "aaaa", kBase, kTarget, std::string(5'000, 'x'), "xyx"};
  for (const std::string& base : texts) {
    for (const std::string& target : texts) {
      BOOST_TEST(ApplyFossilDelta(base, hub::EncodeDelta(base, target)) == target);
    }
  }
  std::mt19937 random(7);
  const std::string pieces[] = {"a", "b", "ж", "я", "€", "₭", "😀", "😁"};
  const auto text = [&] {
    std::string made;
    for (auto count = random() % 12; count > 0; --count) made += pieces[random() % std::size(pieces)];
    return made;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string base = text();
    const std::string target = text();
    const std::string delta = hub::EncodeDelta(base, target);
    BOOST_REQUIRE_EQUAL(ApplyFossilDelta(base, delta), target);
    // Characters that share their first or last bytes are not split: a JSON string has to carry the delta.
    BOOST_REQUIRE(IsUtf8(delta));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

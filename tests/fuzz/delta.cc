// A base and a delta, with 0x1E between them; the same two as the base and the target of a delta of the hub's.

#include <string>
#include <vector>

#include "gapless/error.h"
#include "hub/server/delta_encoder.h"
#include "tests/fuzz/target.h"
#include "transport/centrifuge/delta_bases.h"
#include "transport/centrifuge/fossil_delta.h"

namespace gapless::fuzz {
namespace {

void Apply(std::string_view base, std::string_view delta) {
  try {
    const std::string target = centrifuge::ApplyFossilDelta(base, delta);
    Require(target.size() <= centrifuge::kMaxDeltaTargetBytes, "a target has a bound");
    Require(centrifuge::ApplyFossilDelta(base, delta) == target, "a delta makes one target");
  } catch (const Error& error) {
    Require(error.errc() == Errc::kProtocol, "what is no delta of the base says so");
  }
}

void Decode(const std::vector<std::string_view>& texts) {
  centrifuge::DeltaBases bases;
  bases.Begin("c", true);
  bool is_delta = false;
  for (const std::string_view text : texts) {
    Publication publication{std::string(text), 1};
    try {
      bases.Decode("c", is_delta, publication);
    } catch (const Error& error) {
      Require(error.errc() == Errc::kProtocol, "what holds no payload says so");
      Require(publication.data == text, "what cannot be decoded stays as it came");
    }
    is_delta = true;
  }
}

}  // namespace

void TestOneInput(std::string_view input) {
  const std::vector<std::string_view> texts = Frames(input);
  if (texts.size() < 2) return;
  Apply(texts[0], texts[1]);
  Require(centrifuge::ApplyFossilDelta(texts[0], hub::EncodeDelta(texts[0], texts[1])) == texts[1],
          "an encoded delta makes its target");
  Decode(texts);
}

}  // namespace gapless::fuzz

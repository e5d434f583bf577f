#include "transport/centrifuge/delta_bases.h"

#include <string_view>
#include <utility>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "transport/centrifuge/fossil_delta.h"

namespace gapless::centrifuge {
namespace {

/// The text of a JSON string.
std::string TextOf(std::string_view json) {
  try {
    internal::JsonScanner scanner(json);
    const internal::JsonString string = scanner.ReadString();
    if (scanner.AtEnd()) return string.plain ? std::string(string.body) : internal::StringValue(string);
  } catch (const internal::JsonSyntaxError& wrong) {
    throw Error(Errc::kProtocol, "a publication of a subscription with deltas is not a JSON string: " + wrong.reason);
  }
  throw Error(Errc::kProtocol, "something follows the JSON string of a publication of a subscription with deltas");
}

}  // namespace

void DeltaBases::Begin(const std::string& channel, bool negotiated) {
  if (negotiated) {
    bases_[channel].reset();
  } else {
    Forget(channel);
  }
}

void DeltaBases::GiveUp(const std::string& channel) {
  Forget(channel);
  given_up_.insert(channel);
}

void DeltaBases::Decode(const std::string& channel, bool is_delta, Publication& publication) {
  const auto found = bases_.find(channel);
  if (found == bases_.end()) return;
  std::optional<std::string>& base = found->second;
  std::string text = TextOf(publication.data);
  if (is_delta) {
    if (!base) throw Error(Errc::kProtocol, "a delta came before any payload that it could be made from");
    text = ApplyFossilDelta(*base, text);
  }
  base = text;
  publication.data = std::move(text);
}

}  // namespace gapless::centrifuge

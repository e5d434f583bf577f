#include <nlohmann/json.hpp>

#include "envelope/json_string.h"
#include "gapless/envelope.h"

namespace gapless {
namespace {

[[noreturn]] void Refuse(std::string_view payload, const std::string& why) {
  throw Error(Errc::kPayloadType, "data_ref: " + why).WithRaw(std::string(payload));
}

}  // namespace

std::string DataRef::ToPayload() const {
  std::string out = "{\"url\":";
  internal::AppendJsonString(out, url);
  out += ",\"size_bytes\":" + std::to_string(size_bytes);
  if (!content_hash.empty()) {
    out += ",\"content_hash\":";
    internal::AppendJsonString(out, content_hash);
  }
  out += '}';
  return out;
}

DataRef DataRef::FromPayload(std::string_view payload) {
  Envelope carrier;
  carrier.payload = payload;
  nlohmann::json dom;
  try {
    dom = carrier.ParsePayload();
  } catch (const Error& error) {
    Refuse(payload, error.what());
  }
  if (!dom.is_object()) Refuse(payload, "the payload must be an object");
  const auto url = dom.find("url");
  if (url == dom.end() || !url->is_string()) Refuse(payload, "\"url\" must be a string");
  // Unsigned texts above 2^63 − 1 and fractions are numbers too; a conversion would change them without a word.
  const auto size = dom.find("size_bytes");
  const bool exact = size != dom.end() && size->is_number_integer() &&
                     (!size->is_number_unsigned() || size->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!exact) Refuse(payload, "\"size_bytes\" must be an integer of 64 bits");
  const auto hash = dom.find("content_hash");
  if (hash != dom.end() && !hash->is_string()) Refuse(payload, "\"content_hash\" must be a string");
  return {.url = url->get<std::string>(),
          .size_bytes = size->get<std::int64_t>(),
          .content_hash = hash == dom.end() ? std::string() : hash->get<std::string>()};
}

}  // namespace gapless

#include "hub/server/emulation.h"

#include <nlohmann/json.hpp>

namespace gapless::hub {
namespace {

std::string TextOf(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

EmulatedCommands ReadEmulation(std::string_view body, std::string_view node) {
  const auto request = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) return {.status = 400};
  if (TextOf(request, "node") != node) return {.status = 404};
  return {.status = 204, .session = TextOf(request, "session"), .commands = TextOf(request, "data")};
}

std::string InFormat(StreamFormat format, std::string_view frame) {
  std::string text;
  if (format == StreamFormat::kLines) {
    text.reserve(frame.size() + 1);
    return text.append(frame) += '\n';
  }
  for (;;) {
    const std::size_t newline = frame.find('\n');
    text.append("data: ").append(frame.substr(0, newline)).append("\n\n");
    if (newline == std::string_view::npos) return text;
    frame.remove_prefix(newline + 1);
  }
}

}  // namespace gapless::hub

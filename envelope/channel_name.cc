#include "gapless/channel_name.h"

#include <algorithm>
#include <array>

#include "envelope/json_string.h"
#include "envelope/quoted.h"
#include "gapless/error.h"

namespace gapless {
namespace {

[[noreturn]] void Refuse(std::string_view name, const std::string& why) {
  throw Error(Errc::kChannelInvalid, why).WithChannel(std::string(name));
}

constexpr std::size_t kMinComponents = 2;
constexpr std::size_t kMaxComponents = 4;

// At most `kMaxComponents` components; a name is parsed for every publish, so nothing is allocated for them.
struct Components {
  std::array<std::string_view, kMaxComponents> text;
  std::size_t count = 0;
};

Components SplitAtDots(std::string_view name, std::string_view text) {
  const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.')) + 1;
  if (count < kMinComponents) Refuse(name, "channel name must include at least <app>.<domain>");
  if (count > kMaxComponents) {
    Refuse(name, "channel name has too many components; max is <app>.<domain>.<id>.<topic>");
  }
  Components components;
  while (components.count < count) {
    const std::size_t dot = text.find('.');
    components.text[components.count++] = text.substr(0, dot);
    if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
  }
  return components;
}

bool IsComponentCharacter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void CheckVisibility(std::string_view name, std::string_view visibility) {
  if (visibility == "public" || visibility == "private") return;
  Refuse(name, "unknown visibility " + internal::Quoted(visibility) + "; want public or private");
}

void CheckComponent(std::string_view name, std::string_view component) {
  if (component.empty()) Refuse(name, "channel component must not be empty");
  const auto bad = std::find_if_not(component.begin(), component.end(), IsComponentCharacter);
  if (bad == component.end()) return;
  // A byte that is not UTF-8 is shown as the replacement character, as Go shows it.
  const std::string_view from_bad = component.substr(static_cast<std::size_t>(bad - component.begin()));
  const std::size_t length = internal::Utf8SequenceLength(from_bad);
  const std::string_view character = length == 0 ? "\xEF\xBF\xBD" : from_bad.substr(0, length);
  Refuse(name, "invalid character " + internal::Quoted(character, '\'') + " in channel component " +
                   internal::Quoted(component));
}

void CheckId(std::string_view name, const ChannelName& parts) {
  if (parts.visibility == "private" && parts.id.empty()) Refuse(name, "private channels must include an id segment");
}

}  // namespace

ChannelName ChannelName::Parse(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == name.size()) {
    Refuse(name, "channel name must start with public: or private:");
  }
  const std::string_view visibility = name.substr(0, colon);
  const std::string_view rest = name.substr(colon + 1);
  CheckVisibility(name, visibility);
  if (rest.find(':') != std::string_view::npos) {
    Refuse(name, "the : character is reserved for the visibility prefix");
  }
  const Components components = SplitAtDots(name, rest);
  for (std::size_t index = 0; index < components.count; ++index) CheckComponent(name, components.text[index]);
  // What is absent is empty in the array.
  ChannelName parts{.visibility = std::string(visibility),
                    .app = std::string(components.text[0]),
                    .domain = std::string(components.text[1]),
                    .id = std::string(components.text[2]),
                    .topic = std::string(components.text[3])};
  CheckId(name, parts);
  return parts;
}

std::string ChannelName::Build() const {
  std::string name = visibility + ':' + app + '.' + domain;
  if (!id.empty() || !topic.empty()) name += '.' + id;
  if (!topic.empty()) name += '.' + topic;
  CheckVisibility(name, visibility);
  CheckComponent(name, app);
  CheckComponent(name, domain);
  CheckId(name, *this);
  if (!id.empty() || !topic.empty()) CheckComponent(name, id);
  if (!topic.empty()) CheckComponent(name, topic);
  return name;
}

}  // namespace gapless

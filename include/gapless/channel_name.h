#ifndef GAPLESS_CHANNEL_NAME_H_
#define GAPLESS_CHANNEL_NAME_H_

#include <string>
#include <string_view>

namespace gapless {

/// A channel name in Parsec's grammar, `<visibility>:<app>.<domain>[.<id>][.<topic>]`, taken apart.
///
/// Visibility is `public` or `private`; private needs an id; a component is one or more of a–z, 0–9, `-`, `_`.
struct ChannelName {
  std::string visibility;
  std::string app;
  std::string domain;
  std::string id;     ///< Empty if absent.
  std::string topic;  ///< Empty if absent.

  /// Throws `Error(kChannelInvalid)` with Parsec's own text for the first rule that `name` breaks.
  static ChannelName Parse(std::string_view name);
  /// The name again. Checks each part by itself, so inconsistent parts throw `Error(kChannelInvalid)`.
  std::string Build() const;

  friend bool operator==(const ChannelName&, const ChannelName&) = default;
};

}  // namespace gapless

#endif  // GAPLESS_CHANNEL_NAME_H_

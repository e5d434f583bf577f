#ifndef GAPLESS_SCHEMA_REGISTRY_CORE_H_
#define GAPLESS_SCHEMA_REGISTRY_CORE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/schema.h"
#include "schema/change_feed.h"
#include "schema/compiled_schema.h"

namespace gapless::internal {

/// One version of a pattern, with its schemas compiled. Immutable once it is in a registry.
struct Registration {
  /// Throws `Error`: kPatternInvalid, kSchemaInvalid.
  explicit Registration(ChannelPattern definition);

  /// Its schemas' texts are in canonical form.
  ChannelPattern definition;
  const Pattern pattern;
  /// Of the aspects that have one.
  std::map<std::string, CompiledSchema, std::less<>> schemas;
};

using RegistrationPointer = std::shared_ptr<const Registration>;

/// What `Registry` handles share. Schemas are compiled before the lock is taken, checked and destroyed after it is
/// given back: under it only pointers change hands. Changes are queued under it too, so that their order is that of the
/// state.
class RegistryCore {
 public:
  explicit RegistryCore(RegistryOptions options);

  void Register(ChannelPattern pattern);
  void Update(ChannelPattern pattern);
  void Deregister(std::string_view pattern);
  void LoadSnapshot(const RegistrySnapshot& snapshot);

  /// Null if no pattern matches.
  RegistrationPointer Find(std::string_view channel) const;
  /// Oldest first. Throws `Error(kPatternNotFound)`.
  std::vector<RegistrationPointer> VersionsOf(std::string_view pattern) const;
  /// The latest registration of that version number; null if there is none.
  RegistrationPointer FindVersion(std::string_view pattern, std::int64_t version) const;
  /// The current registrations, sorted by pattern.
  std::vector<RegistrationPointer> Current() const;

  Instant Now() const;
  std::shared_ptr<ChangeListener> Subscribe(std::function<void(const Change&)> handler);

 private:
  struct BySpecificity {
    bool operator()(const RegistrationPointer& left, const RegistrationPointer& right) const noexcept {
      return Pattern::Precedes(left->pattern, right->pattern);
    }
  };
  /// Oldest first, never empty; the last is the current one.
  using Versions = std::deque<RegistrationPointer>;
  using VersionsByPattern = std::map<std::string, Versions, std::less<>>;
  using Ranking = std::set<RegistrationPointer, BySpecificity>;

  /// Throws `Error(kPatternNotFound)`. The lock is held.
  template <typename Map>
  static auto& Existing(Map& patterns, std::string_view pattern);

  const RegistryOptions options_;
  mutable std::shared_mutex mutex_;
  VersionsByPattern by_pattern_;
  /// The current registrations.
  Ranking ranking_;
  ChangeFeed feed_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_REGISTRY_CORE_H_

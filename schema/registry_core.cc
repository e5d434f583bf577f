#include "schema/registry_core.h"

#include <limits>
#include <mutex>
#include <utility>

#include "schema/shapes.h"
#include "schema/shown.h"

namespace gapless::internal {
namespace {

Error PatternNotFound(std::string_view pattern) {
  return Error(Errc::kPatternNotFound, "schema: pattern not found: " + Shown(pattern));
}

Error PatternConflict(std::string_view pattern) {
  return Error(Errc::kPatternConflict, "schema: pattern conflicts with existing registration: " + Shown(pattern));
}

std::shared_ptr<Registration> Compile(ChannelPattern pattern) {
  return std::make_shared<Registration>(std::move(pattern));
}

}  // namespace

Registration::Registration(ChannelPattern given)
    : definition(std::move(given)), pattern(Pattern::Parse(definition.pattern)) {
  definition = WithCanonicalSchemas(std::move(definition));
  for (const auto& [name, aspect] : definition.aspects) {
    if (aspect.payload_schema.empty()) continue;
    try {
      schemas.try_emplace(name, std::string_view(aspect.payload_schema));
    } catch (const SchemaError& error) {
      throw SchemaInvalid(definition.pattern, name, error.reason);
    }
  }
}

RegistryCore::RegistryCore(RegistryOptions options) : options_(std::move(options)) {
  if (options_.max_history == 0) {
    throw Error(Errc::kInvalidArgument, "RegistryOptions::max_history is 0; the current version takes one place");
  }
}

template <typename Map>
auto& RegistryCore::Existing(Map& patterns, std::string_view pattern) {
  const auto found = patterns.find(pattern);
  if (found == patterns.end()) throw PatternNotFound(pattern);
  return found->second;
}

void RegistryCore::Register(ChannelPattern pattern) {
  if (pattern.version == 0) pattern.version = 1;
  const RegistrationPointer registration = Compile(std::move(pattern));
  const std::string& key = registration->definition.pattern;
  const Instant at = Now();
  {
    const std::lock_guard<std::shared_mutex> lock(mutex_);
    if (by_pattern_.count(key) != 0) throw PatternConflict(key);
    by_pattern_.emplace(key, Versions{registration});
    ranking_.insert(registration);
    feed_.Push({.kind = ChangeKind::kRegistered, .pattern = key, .schema = registration->definition, .at = at});
  }
  feed_.Deliver();
}

void RegistryCore::Update(ChannelPattern pattern) {
  const std::shared_ptr<Registration> registration = Compile(std::move(pattern));
  ChannelPattern& definition = registration->definition;
  const Instant at = Now();
  RegistrationPointer forgotten;
  {
    const std::lock_guard<std::shared_mutex> lock(mutex_);
    Versions& versions = Existing(by_pattern_, definition.pattern);
    if (definition.version == 0) {
      const std::int64_t previous = versions.back()->definition.version;
      if (previous == std::numeric_limits<std::int64_t>::max()) {
        throw Error(Errc::kInvalidArgument,
                    "pattern " + Shown(definition.pattern) + " has the highest version there is; say which comes next");
      }
      definition.version = previous + 1;
    }
    ranking_.erase(versions.back());
    ranking_.insert(registration);
    versions.push_back(registration);
    if (versions.size() > options_.max_history) {
      forgotten = std::move(versions.front());
      versions.pop_front();
    }
    feed_.Push({.kind = ChangeKind::kUpdated, .pattern = definition.pattern, .schema = definition, .at = at});
  }
  feed_.Deliver();
}

void RegistryCore::Deregister(std::string_view pattern) {
  const Instant at = Now();
  Versions forgotten;
  {
    const std::lock_guard<std::shared_mutex> lock(mutex_);
    const auto found = by_pattern_.find(pattern);
    if (found == by_pattern_.end()) throw PatternNotFound(pattern);
    ranking_.erase(found->second.back());
    forgotten = std::move(found->second);
    by_pattern_.erase(found);
    feed_.Push({.kind = ChangeKind::kDeregistered, .pattern = std::string(pattern), .at = at});
  }
  feed_.Deliver();
}

void RegistryCore::LoadSnapshot(const RegistrySnapshot& snapshot) {
  VersionsByPattern by_pattern;
  Ranking ranking;
  for (ChannelPattern pattern : snapshot.patterns) {
    if (pattern.version == 0) pattern.version = 1;
    const RegistrationPointer registration = Compile(std::move(pattern));
    const std::string& key = registration->definition.pattern;
    if (!by_pattern.emplace(key, Versions{registration}).second) throw PatternConflict(key);
    ranking.insert(registration);
  }
  // What was there before is destroyed after the lock is given back.
  const std::lock_guard<std::shared_mutex> lock(mutex_);
  by_pattern_.swap(by_pattern);
  ranking_.swap(ranking);
}

RegistrationPointer RegistryCore::Find(std::string_view channel) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  for (const RegistrationPointer& registration : ranking_) {
    if (registration->pattern.Matches(channel)) return registration;
  }
  return nullptr;
}

std::vector<RegistrationPointer> RegistryCore::VersionsOf(std::string_view pattern) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const Versions& versions = Existing(by_pattern_, pattern);
  return {versions.begin(), versions.end()};
}

RegistrationPointer RegistryCore::FindVersion(std::string_view pattern, std::int64_t version) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = by_pattern_.find(pattern);
  if (found == by_pattern_.end()) return nullptr;
  const Versions& versions = found->second;
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if ((*it)->definition.version == version) return *it;
  }
  return nullptr;
}

std::vector<RegistrationPointer> RegistryCore::Current() const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  std::vector<RegistrationPointer> current;
  current.reserve(by_pattern_.size());
  for (const auto& [pattern, versions] : by_pattern_) current.push_back(versions.back());
  return current;
}

Instant RegistryCore::Now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

std::shared_ptr<ChangeListener> RegistryCore::Subscribe(std::function<void(const Change&)> handler) {
  return feed_.Subscribe(std::move(handler));
}

}  // namespace gapless::internal

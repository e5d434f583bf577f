#include <utility>

#include "gapless/schema.h"
#include "schema/registry_core.h"
#include "schema/shown.h"

namespace gapless {
namespace {

std::vector<ChannelPattern> Definitions(const std::vector<internal::RegistrationPointer>& registrations) {
  std::vector<ChannelPattern> definitions;
  definitions.reserve(registrations.size());
  for (const auto& registration : registrations) definitions.push_back(registration->definition);
  return definitions;
}

}  // namespace

Registry::Registry(RegistryOptions options) : core_(std::make_shared<internal::RegistryCore>(std::move(options))) {}

void Registry::Register(ChannelPattern pattern) { core_->Register(std::move(pattern)); }

void Registry::Update(ChannelPattern pattern) { core_->Update(std::move(pattern)); }

void Registry::Deregister(std::string_view pattern) { core_->Deregister(pattern); }

Registry::Resolution Registry::Resolve(std::string_view channel) const {
  const auto registration = core_->Find(channel);
  if (!registration) {
    throw Error(Errc::kNoPatternMatches, "schema: no pattern matches channel: " + internal::Shown(channel))
        .WithChannel(std::string(channel));
  }
  return {registration->definition, *registration->pattern.Match(channel)};
}

ChannelPattern Registry::Get(std::string_view pattern) const { return core_->VersionsOf(pattern).back()->definition; }

std::vector<ChannelPattern> Registry::List() const { return Definitions(core_->Current()); }

std::vector<ChannelPattern> Registry::History(std::string_view pattern) const {
  return Definitions(core_->VersionsOf(pattern));
}

RegistrySnapshot Registry::Snapshot() const { return {List(), core_->Now()}; }

void Registry::LoadSnapshot(const RegistrySnapshot& snapshot) { core_->LoadSnapshot(snapshot); }

ChangeSubscription Registry::Subscribe(std::function<void(const Change&)> handler) {
  return ChangeSubscription(core_->Subscribe(std::move(handler)));
}

ChangeSubscription::ChangeSubscription(std::shared_ptr<internal::ChangeListener> listener)
    : listener_(std::move(listener)) {}

ChangeSubscription::~ChangeSubscription() { Unsubscribe(); }

ChangeSubscription::ChangeSubscription(ChangeSubscription&& other) noexcept = default;

ChangeSubscription& ChangeSubscription::operator=(ChangeSubscription&& other) noexcept {
  if (this != &other) {
    Unsubscribe();
    listener_ = std::move(other.listener_);
  }
  return *this;
}

void ChangeSubscription::Unsubscribe() {
  if (listener_) listener_->End();
}

}  // namespace gapless

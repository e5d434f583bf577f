#include "gapless/hub.h"

#include <utility>

#include "hub/core.h"

namespace gapless {

Hub::Hub(HubOptions options, std::shared_ptr<Runtime> runtime)
    : core_(std::make_shared<Core>(options, std::move(runtime))) {}
Hub::~Hub() = default;

Position Hub::Publish(std::string_view channel, std::string_view data, const Tags& tags) {
  return core_->Publish(channel, data, tags);
}
std::vector<Publication> Hub::History(std::string_view channel) const { return core_->Retained(channel); }
Position Hub::Top(std::string_view channel) const { return core_->Top(channel); }
std::vector<Presence> Hub::Presence(std::string_view channel) const { return core_->Presence(channel); }
PresenceStats Hub::PresenceStats(std::string_view channel) const { return core_->Stats(channel); }
void Hub::DropHistory(std::string_view channel) { core_->DropHistory(channel); }
void Hub::ForgetChannel(std::string_view channel) { core_->ForgetChannel(channel); }
void Hub::SkipTo(std::string_view channel, std::uint64_t offset) { core_->SkipTo(channel, offset); }

}  // namespace gapless

#include "hub/simulation/server.h"

#include "hub/mix.h"

namespace gapless::simulation {

Server::Server(std::shared_ptr<Setting> setting) : setting_(std::move(setting)), core_(NewCore()) {}

std::shared_ptr<Hub::Core> Server::NewCore() {
  HubOptions options = setting_->options.hub;
  options.seed = hub::Mix(setting_->options.seed ^ hub::Mix(++incarnations_));
  return std::make_shared<Hub::Core>(options, setting_->runtime);
}

void Server::GoDown(bool lose_everything) {
  up_ = false;
  if (!lose_everything) return;
  core_ = NewCore();
  lengths_.clear();
  for (const std::string& channel : channels_) setting_->checker.MayLose(channel);
}

void Server::Know(const std::string& channel) {
  if (!channels_.insert(channel).second) return;
  const HubOptions& options = setting_->options.hub;
  const bool keeps = setting_->options.history && options.history_size > 0 && options.history_ttl.count() == 0;
  if (!keeps) setting_->checker.MayLose(channel);
}

Position Server::Publish(Hub::Core& core, const std::string& channel, const std::string& data) {
  Know(channel);
  setting_->checker.Served(channel, data);
  taken_[channel].push_back(data);
  // What an earlier incarnation took in its last moments is lost with it.
  const bool lost = &core != core_.get();
  if (lost || ++lengths_[channel] > setting_->options.hub.history_size) setting_->checker.MayLose(channel);
  return core.Publish(channel, data);
}

void Server::DropHistory(const std::string& channel) {
  setting_->checker.MayLose(channel);
  core_->DropHistory(channel);
}

void Server::Forget(const std::string& channel) {
  setting_->checker.MayLose(channel);
  lengths_.erase(channel);
  core_->ForgetChannel(channel);
}

}  // namespace gapless::simulation

#ifndef GAPLESS_HUB_SIMULATION_SERVER_H_
#define GAPLESS_HUB_SIMULATION_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/core.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {

/// The server of a world: a hub that can be down, forget, and come back, and that remembers for the checker all that it
/// ever took.
class Server {
 public:
  explicit Server(std::shared_ptr<Setting> setting);

  bool up() const { return up_; }
  /// The hub of now. Connections keep the one that they were made to.
  const std::shared_ptr<Hub::Core>& core() const { return core_; }
  void GoDown(bool lose_everything);
  void ComeUp() { up_ = true; }

  Position Publish(Hub::Core& core, const std::string& channel, const std::string& data);
  /// Somebody uses it, so that it may lose something.
  void Know(const std::string& channel);
  void DropHistory(const std::string& channel);
  void Forget(const std::string& channel);
  const std::set<std::string>& channels() const { return channels_; }
  const std::vector<std::string>& Taken(const std::string& channel) { return taken_[channel]; }

 private:
  std::shared_ptr<Hub::Core> NewCore();

  const std::shared_ptr<Setting> setting_;
  std::uint64_t incarnations_ = 0;
  bool up_ = true;
  std::shared_ptr<Hub::Core> core_;
  std::set<std::string> channels_;
  std::map<std::string, std::vector<std::string>> taken_;
  /// Publications of each channel since it last began anew.
  std::map<std::string, std::size_t> lengths_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_SERVER_H_

#ifndef GAPLESS_HUB_SIMULATION_LINK_H_
#define GAPLESS_HUB_SIMULATION_LINK_H_

#include <memory>
#include <string>
#include <vector>

#include "hub/simulation/connection.h"
#include "hub/simulation/life.h"
#include "hub/simulation/server.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {

/// The transport of one client in one life: makes one connection after the other.
class Link : public gapless::Transport, public std::enable_shared_from_this<Link> {
 public:
  Link(std::shared_ptr<Setting> setting, std::shared_ptr<Server> server, std::shared_ptr<Life> life, std::string name);

  TransportTraits Traits() const override;
  void Start(std::weak_ptr<TransportListener> listener) override;
  void Connect(std::uint64_t connection) override;
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests) override;
  void Disconnect(std::uint64_t connection) override;
  void Stop() override;

  /// The live connection; null if there is none.
  std::shared_ptr<Connection> connection() const;
  /// Publications handed to the client.
  std::uint64_t publications() const { return publications_; }

 private:
  void Receive(TransportEvent event);

  const std::shared_ptr<Setting> setting_;
  const std::shared_ptr<Server> server_;
  const std::shared_ptr<Life> life_;
  const std::string name_;
  std::weak_ptr<TransportListener> listener_;
  bool started_ = false;
  bool stopped_ = false;
  std::uint64_t live_ = 0;
  std::shared_ptr<Connection> connection_;
  std::uint64_t publications_ = 0;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_LINK_H_

#ifndef GAPLESS_HUB_SIMULATION_MACHINE_IMPL_H_
#define GAPLESS_HUB_SIMULATION_MACHINE_IMPL_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gapless/simulation.h"
#include "hub/simulation/life.h"
#include "hub/simulation/link.h"
#include "hub/simulation/server.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {

/// Life and death of one machine's process. Starts and ends happen outside of every task, when the world says so.
struct Machine::Impl {
  Impl(std::shared_ptr<Setting> setting, std::shared_ptr<Server> server, std::string name, World::Program program);

  /// The process starts, on what the disk holds.
  void Start(Machine& self);
  /// Destroys what is left of a dead process, or ends a live one in order.
  void Destroy();
  void OnDeath(const char* where);
  void TellSaved(const Changes& changes, bool durable);
  std::string ConsumerName(const std::string& channel, const std::string& subscription) const;
  std::optional<DiskFault> OnDiskOperation(std::string_view operation);

  /// Says what a publish did that threw, or whose process died meanwhile.
  void TellFailedPublish(const std::string& producer, const std::string& channel, const Error& error);
  bool InOutbox(const std::string& producer) const { return outboxes.contains(producer); }
  bool InMemory(const std::string& producer) const { return volatile_producers.contains(producer); }

  const std::shared_ptr<Setting> setting;
  const std::shared_ptr<Server> server;
  const std::string name;
  const World::Program program;
  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  const std::shared_ptr<std::chrono::milliseconds> clock_skew = std::make_shared<std::chrono::milliseconds>(0);
  int lives = 0;
  std::shared_ptr<Life> life;
  std::shared_ptr<void> process;
  /// A life began that was not ended by `Destroy`.
  bool started = false;
  std::vector<std::weak_ptr<Link>> links;
  /// Producers by what they keep.
  std::set<std::string> outboxes;
  std::set<std::string> volatile_producers;
  std::set<std::string> with_state;
  /// With Durability::kReserved: where each has published.
  std::map<std::string, std::set<std::string>> reserved;
  /// Consumers that this life subscribed, whose saved cursors mean something.
  std::set<std::string> consumers;
  /// When a process is to be started, if there is none.
  TimePoint start_at{};
  bool restart_wanted = false;
  bool power_fails = false;
  TimePoint disk_full_until{};
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_MACHINE_IMPL_H_

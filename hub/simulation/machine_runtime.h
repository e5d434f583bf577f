#ifndef GAPLESS_HUB_SIMULATION_MACHINE_RUNTIME_H_
#define GAPLESS_HUB_SIMULATION_MACHINE_RUNTIME_H_

#include <memory>
#include <string>

#include "gapless/runtime.h"
#include "hub/simulation/life.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {

/// The clock and the threads of one life: the world's, with the machine's wall clock. Tasks wait for a thread for a
/// while, so that strands overtake each other; those of a dead process do not run, and its waits end.
class MachineRuntime : public Runtime {
 public:
  MachineRuntime(std::shared_ptr<Setting> setting, std::shared_ptr<Life> life,
                 std::shared_ptr<const std::chrono::milliseconds> clock_skew);

  TimePoint Now() const override;
  Timestamp WallClock() const override;
  std::uint64_t Random() override;
  std::shared_ptr<Strand> NewStrand(const std::string& name, StrandKind kind) override;
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
            const std::function<bool()>& done) override;

 private:
  const std::shared_ptr<Setting> setting_;
  const std::shared_ptr<Life> life_;
  const std::shared_ptr<const std::chrono::milliseconds> clock_skew_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_MACHINE_RUNTIME_H_

#include "hub/simulation/machine_runtime.h"

#include <algorithm>
#include <utility>

namespace gapless::simulation {
namespace {

class MachineStrand : public Strand {
 public:
  MachineStrand(std::shared_ptr<Setting> setting, std::shared_ptr<Life> life, std::shared_ptr<Strand> strand)
      : setting_(std::move(setting)), life_(std::move(life)), strand_(std::move(strand)) {}

  void Post(Task task) override {
    const TimePoint now = setting_->runtime->Now();
    TimePoint when = now;
    // Most tasks find a free thread.
    if (setting_->chance.Below(4) == 0) when += setting_->chance.UpTo(setting_->options.max_delay);
    // In the order posted.
    latest_ = std::max(latest_, when);
    if (latest_ <= now) {
      strand_->Post(Guarded(std::move(task)));
    } else {
      strand_->PostAt(latest_, TimerKind::kWork, Guarded(std::move(task)));
    }
  }
  TimerId PostAt(TimePoint when, TimerKind kind, Task task) override {
    return strand_->PostAt(when, kind, Guarded(std::move(task)));
  }
  void Cancel(TimerId timer) override { strand_->Cancel(timer); }
  bool RunsHere() const override { return strand_->RunsHere(); }
  void Stop() override { strand_->Stop(); }

 private:
  Task Guarded(Task task) const {
    return [life = life_, task = std::move(task)] {
      if (life->alive()) task();
    };
  }

  const std::shared_ptr<Setting> setting_;
  const std::shared_ptr<Life> life_;
  const std::shared_ptr<Strand> strand_;
  /// When the last of the posted tasks is due.
  TimePoint latest_{};
};

}  // namespace

MachineRuntime::MachineRuntime(std::shared_ptr<Setting> setting, std::shared_ptr<Life> life,
                               std::shared_ptr<const std::chrono::milliseconds> clock_skew)
    : setting_(std::move(setting)), life_(std::move(life)), clock_skew_(std::move(clock_skew)) {}

TimePoint MachineRuntime::Now() const { return setting_->runtime->Now(); }
Timestamp MachineRuntime::WallClock() const { return setting_->runtime->WallClock() + *clock_skew_; }
std::uint64_t MachineRuntime::Random() { return setting_->chance.Bits(); }

std::shared_ptr<Strand> MachineRuntime::NewStrand(const std::string& name, StrandKind kind) {
  return std::make_shared<MachineStrand>(setting_, life_, setting_->runtime->NewStrand(name, kind));
}

bool MachineRuntime::Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
                          const std::function<bool()>& done) {
  if (!life_->alive()) return done();
  setting_->runtime->Wait(lock, changed, deadline, [&] { return done() || !life_->alive(); });
  return done();
}

}  // namespace gapless::simulation

#ifndef GAPLESS_EXAMPLES_DEMO_ORCHESTRATOR_H_
#define GAPLESS_EXAMPLES_DEMO_ORCHESTRATOR_H_

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/demo/chaos_plan.h"
#include "examples/demo/child.h"
#include "examples/demo/ledger.h"
#include "examples/demo/options.h"
#include "examples/demo/progress.h"
#include "examples/demo/run_files.h"
#include "examples/demo/worker.h"

namespace demo {

/// Somebody pressed Ctrl-C.
struct Interrupted {};

/// Runs hub, publisher and subscriber, deals the blows of a plan, and gathers the evidence when all is done.
class Orchestrator {
 public:
  /// `options` has seed and number of parts. `interrupted` is set by a signal handler.
  Orchestrator(const Options& options, const RunFiles& files, std::vector<ChaosEvent> plan, Progress& progress,
               const volatile std::sig_atomic_t& interrupted);

  /// Throws `Interrupted`, and `std::runtime_error` when no evidence can be had. No child outlives it.
  Evidence Run();

 private:
  struct Pending {
    ChaosEvent event;
    std::optional<Clock::time_point> strikes_at;
  };

  void StartHub();
  void Supervise();
  bool Finished() const;
  void AwaitQuiet();
  void Stop();
  void Turn();
  void Wait();
  void TakeHubReports();
  void LightFuses();
  void StrikeDueOnes();
  /// Returns whether the blow fell.
  bool Strike(const ChaosEvent& event);
  void CheckAlive(Worker& worker);
  void AwaitHub(const std::string& word);
  void Moved();
  double Seconds() const;
  Standing Now() const;
  std::vector<std::string> Command(const std::string& role) const;
  void Observe(std::string promise, std::string what);

  const Options options_;
  const RunFiles files_;
  const std::int64_t total_;
  Progress& progress_;
  const volatile std::sig_atomic_t& interrupted_;
  std::vector<Pending> pending_;
  std::unique_ptr<Child> hub_;
  std::optional<std::string> hub_said_;
  std::string url_;
  std::unique_ptr<Worker> publisher_;
  std::unique_ptr<Worker> subscriber_;
  std::int64_t cuts_ = 0;
  bool cut_under_way_ = false;
  bool given_up_ = false;
  Clock::time_point started_;
  Clock::time_point moved_;
  std::vector<Failure> observed_;
};

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_ORCHESTRATOR_H_

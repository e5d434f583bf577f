#ifndef GAPLESS_HUB_SIMULATION_SETTING_H_
#define GAPLESS_HUB_SIMULATION_SETTING_H_

#include <cstdio>
#include <memory>
#include <string>

#include "gapless/simulation.h"
#include "hub/simulation/chance.h"

namespace gapless::simulation {

/// What all parts of a world share.
struct Setting {
  explicit Setting(WorldOptions the_options)
      : options(std::move(the_options)),
        faults(options.faults),
        chance(options.seed),
        runtime(std::make_shared<ManualRuntime>(options.seed)),
        strand(runtime->NewStrand("world", StrandKind::kSession)) {}

  bool tracing() const { return static_cast<bool>(options.trace); }
  /// `line` makes the text, and only if somebody reads it.
  template <typename Line>
  void Note(const Line& line) {
    if (!tracing()) return;
    char time[32];
    const double seconds = std::chrono::duration<double>(runtime->Now().time_since_epoch()).count();
    std::snprintf(time, sizeof time, "%10.4f  ", seconds);
    options.trace(time + line());
  }
  void After(Duration span, Strand::Task task) {
    strand->PostAt(runtime->Now() + span, TimerKind::kWork, std::move(task));
  }
  Duration Latency() { return chance.UpTo(options.max_latency); }

  const WorldOptions options;
  /// All zero once the world is calm.
  Faults faults;
  Chance chance;
  const std::shared_ptr<ManualRuntime> runtime;
  /// Where the network and what goes wrong live: a session strand, so that they go on while a handler waits.
  const std::shared_ptr<Strand> strand;
  HistoryChecker checker;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_SETTING_H_

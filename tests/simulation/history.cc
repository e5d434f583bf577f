#include "tests/simulation/history.h"

#include <chrono>
#include <memory>
#include <utility>

#include "gapless/simulation.h"
#include "tests/simulation/node.h"
#include "tests/simulation/plan.h"

namespace gapless::test {
namespace {

using std::chrono::seconds;

// Longer than every time-out, delay and patience of a node together.
constexpr seconds kQuiet{45};
constexpr seconds kLastWords{25};
// A state file, its predecessor and two journals, with nothing left to do.
constexpr std::size_t kMostDiskBytes = 256 * 1'024;

/// What the disk holds once the process has ended in order (promises P4, L2).
void CheckDisk(simulation::World& world, simulation::Machine& machine, const NodePlan& plan) {
  if (plan.durability == Durability::kMemory && !plan.keep_cursors) return;
  HistoryChecker& checker = world.checker();
  const auto disk = machine.Disk();
  if (disk->bytes() > kMostDiskBytes) {
    checker.Report("L2", machine.name() + ": " + std::to_string(disk->bytes()) + " bytes of state at rest");
  }
  try {
    const State state = FileSnapshotter::Open("/" + plan.name + ".json", {.io = disk})->Load(plan.name);
    if (!state.outbox.empty()) {
      checker.Report("P4", machine.name() + ": " + std::to_string(state.outbox.size()) +
                               " acknowledged envelopes are still in the outbox");
    }
  } catch (const Error& error) {
    checker.Report("P2", machine.name() + ": the state cannot be read in the end: " + error.what());
  }
}

}  // namespace

HistoryResult PlayHistory(std::uint64_t seed, const std::function<void(const std::string&)>& trace) {
  HistoryPlan plan = PlanHistory(seed);
  plan.world.trace = trace;
  std::vector<std::unique_ptr<NodeRecord>> records;
  simulation::World world(plan.world);
  std::vector<simulation::Machine*> machines;
  for (const NodePlan& node : plan.nodes) {
    records.push_back(std::make_unique<NodeRecord>());
    NodeRecord& record = *records.back();
    record.plan = node;
    record.publish_until = world.runtime().Now() + plan.length;
    machines.push_back(&world.Add(node.name, [&world, &record](simulation::Machine& machine) {
      return std::make_shared<Node>(world, machine, record);
    }));
  }
  world.Run(plan.length);

  world.Calm(kQuiet);
  for (const auto& record : records) {
    record->last_words = true;
    if (record->node != nullptr) record->node->PublishLast();
  }
  world.Run(kLastWords);
  HistoryResult result;
  for (std::size_t n = 0; n < records.size(); ++n) {
    if (records[n]->node != nullptr) {
      records[n]->node->CheckRest();
    } else {
      world.checker().Report("L1", machines[n]->name() + ": has no process in the end");
    }
    result.lives += machines[n]->life();
  }
  world.checker().Finish();
  world.End();
  for (std::size_t n = 0; n < records.size(); ++n) CheckDisk(world, *machines[n], records[n]->plan);
  result.violations = world.checker().violations();
  for (const auto& record : records) {
    for (const std::string& channel : record->channels) result.envelopes += world.Taken(channel).size();
  }
  return result;
}

}  // namespace gapless::test

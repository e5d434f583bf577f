#ifndef GAPLESS_SIMULATION_H_
#define GAPLESS_SIMULATION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gapless/client.h"
#include "gapless/history_checker.h"
#include "gapless/hub.h"
#include "gapless/runtime.h"
#include "gapless/simulated_disk.h"
#include "gapless/snapshotter.h"
#include "gapless/subscription.h"
#include "gapless/transport.h"

// A simulation of programs that use gapless: server, network, disks, clocks and crashes in one thread, under virtual
// time, from a seed. The same program and seed give the same history, every time. In target gapless::hub;
// docs/testing.md shows how to use it. Nothing here is thread-safe.
namespace gapless::simulation {

/// What goes wrong, and how often. All zero: nothing does.
struct Faults {
  // The chance of each message, 0 to 1.

  /// Of a publication on its way to a subscriber: lost by the server, sent twice, overtaken, damaged.
  double drop = 0;
  double duplicate = 0;
  double reorder = 0;
  double corrupt = 0;
  /// Of a request: refused for now, refused for good (publishes and history only), never answered.
  double refuse = 0;
  double refuse_for_good = 0;
  double leave_unanswered = 0;
  /// Of a handler's call: takes up to two seconds, throws once it is done.
  double slow_handler = 0;
  double throwing_handler = 0;
  /// Of an operation on a disk: fails without effect, half done, or done and told otherwise.
  double disk_failure = 0;

  // The mean virtual time between events of a kind, 0 for never. Each strikes one connection, channel or machine.

  /// A connection is cut; or goes silent, which its client notices only after a while.
  Duration cut{0};
  Duration half_open{0};
  /// All connections are cut and none can be made for some seconds; history survives, or is lost.
  Duration server_restart{0};
  Duration server_loss{0};
  /// A channel's publications expire; or it comes back empty with another epoch.
  Duration history_expiry{0};
  Duration channel_loss{0};
  /// A process dies, at that moment or some steps later, in the middle of whatever it is doing, and starts again.
  Duration crash{0};
  /// How many of the crashes are power cuts, which also lose what was not synced; 0 to 1.
  double power_cut = 0.5;
  /// A process ends in order and starts again.
  Duration restart{0};
  /// A disk is full for some seconds.
  Duration disk_full{0};
  /// A machine's clock jumps by up to a day, forward or back.
  Duration clock_jump{0};
  /// Whether clocks jump back, too. A producer that loses its state is recognised by its time.
  bool clock_jumps_back = true;
};

/// How the line of a trace begins, behind its time, that tells of a violation.
inline const std::string kViolationMark = "VIOLATION of ";

struct WorldOptions {
  std::uint64_t seed = 1;
  Faults faults = {};
  /// History size, age and pages of the server; its seed is ignored.
  HubOptions hub = {};
  /// Whether clients can ask for history.
  bool history = true;
  /// How long a message is on its way, at most.
  Duration max_latency = std::chrono::milliseconds{40};
  /// How long a task of a client may wait for a thread, at most.
  Duration max_delay = std::chrono::milliseconds{2};
  /// Takes a line for everything that happens, if set.
  std::function<void(const std::string&)> trace = {};
};

class World;

/// A computer with one process on it, which may die and start again.
///
/// What a dead process still does is without effect until it is destroyed: its disk refuses everything, what it sends
/// goes nowhere, its strands stop and its waits end. A handler given to `Subscribe` is not called then; other code of
/// yours that has effects outside of the simulation asks `alive` first.
class Machine {
 public:
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const std::string& name() const;
  /// 1 in the first life of its process.
  int life() const;
  /// Whether the process of this life still runs.
  bool alive() const;

  /// Options of a client in this life: transport, runtime and producer, and unless `durability` is kMemory a
  /// `FileSnapshotter` at `/PRODUCER.json` on this machine's disk. `keep_cursors` opens one for kMemory, too. Throws
  /// what `FileSnapshotter::Open` throws, which ends the life; the next begins a little later.
  ClientOptions Options(const std::string& producer, Durability durability, bool keep_cursors = false);
  /// A new connection to the server, for one client.
  std::shared_ptr<gapless::Transport> Transport();
  /// This machine's clock and threads.
  std::shared_ptr<gapless::Runtime> Runtime();
  /// What outlives the process.
  std::shared_ptr<SimulatedDisk> Disk();

  /// Subscribes as `Client::Subscribe` does, and tells the world's checker what the handlers see. Slow and throwing
  /// handlers and crashes before and after each call come from here. Any of the handlers may be null.
  Subscription Subscribe(Client& client, const std::string& channel, SubscribeOptions options,
                         Subscription::EnvelopeHandler on_envelope, Subscription::GapHandler on_gap = {},
                         Subscription::ErrorHandler on_error = {});
  /// As the members of `Client`, and tells the checker. Outside of a handler give the draft a causation, for instance
  /// `Causation{}`: in one thread another's handler may be under way.
  Receipt Publish(Client& client, const std::string& channel, const Draft& draft);
  Receipt Enqueue(Client& client, const std::string& channel, const Draft& draft);

  /// Lets virtual time pass inside of a task or handler; others go on meanwhile.
  void Sleep(Duration span);
  /// Ends the process now, as a crash does. It starts again a little later. Programs call it when their state fails
  /// (`Errc::kStateFailed`).
  void Die();

 private:
  friend class World;
  struct Impl;
  explicit Machine(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;

 public:
  ~Machine();
};

/// Runs programs on machines against one server, and lets things go wrong.
class World {
 public:
  /// Makes one life of a process. What it returns is destroyed when the life ends, in order or after a crash. May throw
  /// an `Error`: the machine tries again a little later; state that is corrupt, foreign or locked is a violation.
  using Program = std::function<std::shared_ptr<void>(Machine&)>;

  explicit World(WorldOptions options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// A machine whose process starts at once. The reference stays valid.
  Machine& Add(const std::string& name, Program program);
  /// Lets `span` of virtual time pass. Not from inside a program.
  void Run(Duration span);
  /// Nothing goes wrong any more: the server and dead processes come back, disks have room. Then lets `span` pass.
  void Calm(Duration span);
  /// Ends all processes in order. Programs call members of their machines until then.
  void End();

  HistoryChecker& checker();
  ManualRuntime& runtime();
  /// Writes a line to the trace.
  void Note(const std::string& line);
  /// Everything that a server ever took into `channel`, oldest first, whether or not it still has it.
  const std::vector<std::string>& Taken(const std::string& channel) const;

 private:
  struct Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_SIMULATION_H_

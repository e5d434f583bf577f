#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "hub/simulation/machine_impl.h"
#include "hub/simulation/server.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How late a start or an end of a process may be noticed.
constexpr milliseconds kTurn{500};
constexpr seconds kLongestOutage{5};
constexpr seconds kLongestFullDisk{20};
// Steps to a crash in the middle of something.
constexpr int kMostSteps = 60;

}  // namespace

struct World::Impl : std::enable_shared_from_this<World::Impl> {
  explicit Impl(WorldOptions options)
      : setting(std::make_shared<Setting>(std::move(options))), server(std::make_shared<Server>(setting)) {
    setting->checker.OnViolation([this](const Violation& violation) {
      setting->Note([&] { return kViolationMark + violation.promise + ": " + violation.what; });
    });
  }

  Chance& chance() { return setting->chance; }

  /// Lets `strike` happen again and again, `mean` apart on average, until the world is calm.
  void Repeat(Duration mean, const std::function<void()>& strike) {
    if (mean.count() <= 0) return;
    setting->After(chance().Next(mean), [weak = weak_from_this(), mean, strike] {
      const auto self = weak.lock();
      if (!self || self->calm) return;
      strike();
      self->Repeat(mean, strike);
    });
  }

  void ArmFaults() {
    const Faults& faults = setting->faults;
    Repeat(faults.cut, [this] {
      if (const auto connection = AnyConnection()) {
        Note(connection->name() + " is cut off");
        connection->Fail(Error(Errc::kConnectionLost, "the simulated wire was cut"));
      }
    });
    Repeat(faults.half_open, [this] {
      if (const auto connection = AnyConnection()) {
        Note(connection->name() + " hears nothing any more");
        connection->GoSilent();
      }
    });
    Repeat(faults.server_restart, [this] { RestartServer(false); });
    Repeat(faults.server_loss, [this] { RestartServer(true); });
    Repeat(faults.history_expiry, [this] {
      if (const std::string* channel = AnyChannel()) {
        Note("the history of " + *channel + " expires");
        server->DropHistory(*channel);
      }
    });
    Repeat(faults.channel_loss, [this] {
      if (const std::string* channel = AnyChannel()) {
        Note("the server forgets " + *channel);
        server->Forget(*channel);
        for (const auto& connection : Connections()) connection->EndSubscription(*channel, "insufficient state");
      }
    });
    Repeat(faults.crash, [this] {
      Machine::Impl& machine = AnyMachine();
      if (!machine.life->alive()) return;
      if (chance().Below(4) == 0) {
        machine.life->Die("doing nothing");
      } else {
        machine.life->DieAfter(static_cast<int>(chance().Between(1, kMostSteps)));
      }
    });
    Repeat(faults.restart, [this] { AnyMachine().restart_wanted = true; });
    Repeat(faults.disk_full, [this] {
      Machine::Impl& machine = AnyMachine();
      Note("the disk of " + machine.name + " is full");
      machine.disk_full_until = setting->runtime->Now() + chance().UpTo(Duration{kLongestFullDisk});
    });
    Repeat(faults.clock_jump, [this] {
      Machine::Impl& machine = AnyMachine();
      // Seconds as often as hours.
      const Duration longest = chance().Coin() ? Duration{hours{24}} : Duration{seconds{20}};
      milliseconds jump = std::chrono::duration_cast<milliseconds>(chance().UpTo(longest));
      if (setting->faults.clock_jumps_back && chance().Coin()) jump = -jump;
      Note("the clock of " + machine.name + " jumps by " + std::to_string(jump.count()) + " ms");
      *machine.clock_skew += jump;
    });
  }

  void Note(const std::string& line) {
    setting->Note([&] { return line; });
  }

  Machine::Impl& AnyMachine() { return *machines[static_cast<std::size_t>(chance().Below(machines.size()))]->impl_; }

  const std::string* AnyChannel() {
    const auto& channels = server->channels();
    if (channels.empty()) return nullptr;
    auto it = channels.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(chance().Below(channels.size())));
    return &*it;
  }

  std::vector<std::shared_ptr<Connection>> Connections() {
    std::vector<std::shared_ptr<Connection>> connections;
    for (const auto& machine : machines) {
      for (const auto& weak : machine->impl_->links) {
        const auto link = weak.lock();
        if (auto connection = link ? link->connection() : nullptr) connections.push_back(std::move(connection));
      }
    }
    return connections;
  }

  std::shared_ptr<Connection> AnyConnection() {
    const auto connections = Connections();
    return connections.empty() ? nullptr : connections[static_cast<std::size_t>(chance().Below(connections.size()))];
  }

  void RestartServer(bool lose_everything) {
    if (!server->up()) return;
    Note(lose_everything ? "the server goes down and loses everything" : "the server goes down");
    server->GoDown(lose_everything);
    for (const auto& connection : Connections()) {
      connection->Fail(Error(Errc::kConnectionLost, "the simulated server went down"));
    }
    setting->After(chance().UpTo(Duration{kLongestOutage}), [this] {
      Note("the server is up again");
      server->ComeUp();
    });
  }

  /// Starts and ends processes that are due; nothing is on the stack now.
  void TendMachines() {
    for (const auto& machine : machines) {
      Machine::Impl& impl = *machine->impl_;
      if (impl.life && impl.life->alive() && std::exchange(impl.restart_wanted, false)) {
        Note(impl.name + " is restarted");
        impl.Destroy();
      }
      if (impl.life && !impl.life->alive()) impl.Destroy();
      if (!impl.started && impl.start_at <= setting->runtime->Now()) impl.Start(*machine);
    }
  }

  void Run(Duration span) {
    const TimePoint end = setting->runtime->Now() + span;
    for (;;) {
      TendMachines();
      const TimePoint now = setting->runtime->Now();
      if (now >= end) return;
      setting->runtime->AdvanceTime(std::min<Duration>(kTurn, end - now));
    }
  }

  const std::shared_ptr<Setting> setting;
  const std::shared_ptr<Server> server;
  /// Appended to only.
  std::vector<std::unique_ptr<Machine>> machines;
  bool calm = false;
  bool armed = false;
};

World::World(WorldOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}

World::~World() {
  End();
  impl_->setting->strand->Stop();
}

Machine& World::Add(const std::string& name, Program program) {
  auto machine = std::unique_ptr<Machine>(
      new Machine(std::make_unique<Machine::Impl>(impl_->setting, impl_->server, name, std::move(program))));
  impl_->machines.push_back(std::move(machine));
  impl_->TendMachines();
  return *impl_->machines.back();
}

void World::Run(Duration span) {
  if (!std::exchange(impl_->armed, true)) impl_->ArmFaults();
  impl_->Run(span);
}

void World::Calm(Duration span) {
  impl_->calm = true;
  impl_->setting->faults = {};
  for (const auto& machine : impl_->machines) {
    Machine::Impl& machine_impl = *machine->impl_;
    machine_impl.disk_full_until = {};
    machine_impl.restart_wanted = false;
    machine_impl.life->DieAfter(0);
  }
  impl_->Run(span);
}

void World::End() {
  for (const auto& machine : impl_->machines) machine->impl_->Destroy();
}

HistoryChecker& World::checker() { return impl_->setting->checker; }
ManualRuntime& World::runtime() { return *impl_->setting->runtime; }
void World::Note(const std::string& line) { impl_->Note(line); }
const std::vector<std::string>& World::Taken(const std::string& channel) const { return impl_->server->Taken(channel); }

}  // namespace gapless::simulation

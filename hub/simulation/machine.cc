#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "hub/simulation/machine_impl.h"
#include "hub/simulation/machine_runtime.h"
#include "hub/simulation/watched_snapshotter.h"

namespace gapless::simulation {
namespace {

using std::chrono::milliseconds;

// Until a process that died, or could not start, starts again: long enough for what it had sent to arrive before.
constexpr milliseconds kShortestDown{300};
constexpr milliseconds kLongestDown{8'000};
constexpr milliseconds kSlowestHandler{2'000};
// So few that a short history uses up some blocks.
constexpr std::int64_t kReserveBlock = 10;

std::string GapText(const Gap& gap) {
  return std::string(ToString(gap.kind)) + " " + gap.producer + "[" + std::to_string(gap.first) + "," +
         std::to_string(gap.last) + "] (" + std::string(ToString(gap.cause)) + ")";
}

}  // namespace

Machine::Impl::Impl(std::shared_ptr<Setting> the_setting, std::shared_ptr<Server> the_server, std::string the_name,
                    World::Program the_program)
    : setting(std::move(the_setting)),
      server(std::move(the_server)),
      name(std::move(the_name)),
      program(std::move(the_program)) {}

void Machine::Impl::Start(Machine& self) {
  ++lives;
  started = true;
  life = std::make_shared<Life>([this](const char* where) { OnDeath(where); });
  links.clear();
  consumers.clear();
  disk->OnOperation([this](std::string_view operation) { return OnDiskOperation(operation); });
  setting->Note([&] { return name + " starts life " + std::to_string(lives); });
  try {
    process = program(self);
  } catch (const Error& error) {
    const Errc code = error.errc();
    if (life->alive() && (code == Errc::kStateCorrupt || code == Errc::kStateForeign || code == Errc::kStateLocked)) {
      setting->checker.Report("P2", name + ": the state cannot be opened any more: " + error.what());
    }
    setting->Note([&] { return name + " cannot start: " + error.what(); });
    life->Die("starting");
  }
}

void Machine::Impl::OnDeath(const char* where) {
  power_fails = setting->chance.Hit(setting->options.faults.power_cut);
  setting->Note([&] { return name + " dies while " + where + (power_fails ? ", its power is cut" : ", killed"); });
  start_at = setting->runtime->Now() + setting->chance.Between(Duration{kShortestDown}, Duration{kLongestDown});
  // What it still tries is refused; the operation under way ends as it was going to.
  disk->FailAt(1, DiskFault::kRefused, true);
  for (const auto& weak : links) {
    if (const auto link = weak.lock()) {
      if (const auto connection = link->connection()) connection->EndByClient();
    }
  }
}

void Machine::Impl::Destroy() {
  if (!std::exchange(started, false)) return;
  start_at = std::max(start_at, setting->runtime->Now() + kShortestDown);
  process.reset();
  // It may also have died while it ended in order.
  const bool died = !life->alive();
  life->End();
  disk->OnOperation({});
  if (died) disk = power_fails ? disk->AfterPowerCut(setting->chance.Bits()) : disk->AsItIs();
}

std::optional<DiskFault> Machine::Impl::OnDiskOperation(std::string_view operation) {
  if (!life->Step("writing to its disk")) {
    // It dies before, in the middle of, or after the operation.
    constexpr DiskFault kHow[] = {DiskFault::kRefused, DiskFault::kHalf, DiskFault::kDone};
    return kHow[setting->chance.Below(3)];
  }
  std::optional<DiskFault> fault;
  if (setting->runtime->Now() < disk_full_until && (operation == "append" || operation == "open")) {
    fault = DiskFault::kRefused;
  } else if (setting->chance.Hit(setting->faults.disk_failure)) {
    constexpr DiskFault kHow[] = {DiskFault::kRefused, DiskFault::kHalf, DiskFault::kDone};
    fault = kHow[setting->chance.Below(3)];
  }
  if (fault) setting->Note([&] { return name + ": " + std::string(operation) + " fails on its disk"; });
  return fault;
}

std::string Machine::Impl::ConsumerName(const std::string& channel, const std::string& subscription) const {
  return name + "/" + channel + (subscription.empty() ? "" : "/" + subscription);
}

void Machine::Impl::TellSaved(const Changes& changes, bool durable) {
  if (!life->alive()) return;
  for (const auto& [key, state] : changes.consumers) {
    const std::string consumer = ConsumerName(key.channel, key.name);
    if (!consumers.contains(consumer)) continue;
    if (!durable) {
      setting->checker.Saving(consumer);
      continue;
    }
    if (state.position != Position{}) setting->checker.SavedPlace(consumer);
    for (const auto& [producer, cursor] : state.cursors) {
      setting->Note([&] { return consumer + " saves " + producer + "#" + std::to_string(cursor.sequence); });
      setting->checker.SavedCursor(consumer, producer, cursor.sequence);
    }
  }
}

void Machine::Impl::TellFailedPublish(const std::string& producer, const std::string& channel, const Error& error) {
  setting->Note([&] { return name + " fails to publish: " + error.what(); });
  HistoryChecker& checker = setting->checker;
  if (!life->alive() || error.errc() == Errc::kStateFailed) {
    checker.Uncertain(producer, channel);
  } else if (error.sequence() > 0) {
    // It was accepted; what became of it is not known, or the server refused it. A number without state that was
    // refused may be used again.
    const bool reusable = InMemory(producer) && error.errc() != Errc::kOutcomeUnknown && error.errc() != Errc::kClosed;
    if (!reusable) checker.Accepted(producer, channel, error.sequence(), InOutbox(producer));
  }
}

Machine::Machine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Machine::~Machine() = default;

const std::string& Machine::name() const { return impl_->name; }
int Machine::life() const { return impl_->lives; }
bool Machine::alive() const { return impl_->life && impl_->life->alive(); }

ClientOptions Machine::Options(const std::string& producer, Durability durability, bool keep_cursors) {
  const bool in_memory = durability == Durability::kMemory;
  ClientOptions options{.transport = Transport(), .producer = {.id = producer, .kind = ProducerKind::kService}};
  options.runtime = Runtime();
  options.durability = durability;
  if (!in_memory || keep_cursors) {
    impl_->with_state.insert(producer);
    // Folded often, so that a short history meets it.
    options.snapshotter = std::make_shared<WatchedSnapshotter>(
        FileSnapshotter::Open("/" + producer + ".json",
                              {.io = impl_->disk,
                               .journal_bytes = 2'048,
                               .random = [setting = impl_->setting] { return setting->chance.Bits(); }}),
        [impl = impl_.get()](const Changes& changes, bool durable) { impl->TellSaved(changes, durable); });
  }
  impl_->setting->checker.ProducerStarted(producer, !in_memory, options.runtime->WallClock());
  if (durability == Durability::kReserved) {
    options.reserve_block = kReserveBlock;
    impl_->setting->checker.ReusesUnseen(producer);
    // A life that did not end in order may have left numbers unused.
    for (const std::string& channel : impl_->reserved[producer]) {
      impl_->setting->checker.Uncertain(producer, channel, kReserveBlock);
    }
  }
  if (durability == Durability::kOutbox) impl_->outboxes.insert(producer);
  if (in_memory) impl_->volatile_producers.insert(producer);
  return options;
}

std::shared_ptr<gapless::Transport> Machine::Transport() {
  auto link = std::make_shared<Link>(impl_->setting, impl_->server, impl_->life, impl_->name);
  impl_->links.push_back(link);
  return link;
}

std::shared_ptr<gapless::Runtime> Machine::Runtime() {
  return std::make_shared<MachineRuntime>(impl_->setting, impl_->life, impl_->clock_skew);
}

std::shared_ptr<SimulatedDisk> Machine::Disk() { return impl_->disk; }

Subscription Machine::Subscribe(Client& client, const std::string& channel, SubscribeOptions options,
                                Subscription::EnvelopeHandler on_envelope, Subscription::GapHandler on_gap,
                                Subscription::ErrorHandler on_error) {
  Impl* const impl = impl_.get();
  const std::shared_ptr<Life> life = impl->life;
  const std::string consumer = impl->ConsumerName(channel, options.name);
  if (alive()) {
    impl->setting->checker.ConsumerStarted({.name = consumer,
                                            .channel = channel,
                                            .durable = impl->with_state.contains(client.ProducerIdentity().id),
                                            .from_start = options.from_start,
                                            .aspects = options.aspects});
    impl->consumers.insert(consumer);
  }
  const auto handle = [=, this](const Envelope& envelope) {
    if (!life->Step("entering a handler")) return;
    Setting& setting = *impl->setting;
    setting.Note([&] {
      return consumer + " handles " + envelope.producer.id + "#" + std::to_string(envelope.sequence) +
             (envelope.late ? " (late)" : "");
    });
    setting.checker.Delivered(consumer, envelope);
    if (setting.chance.Hit(setting.faults.slow_handler)) {
      Sleep(setting.chance.UpTo(Duration{kSlowestHandler}));
      if (!life->alive()) return;
    }
    try {
      if (on_envelope) on_envelope(envelope);
    } catch (...) {
      if (life->Step("throwing out of a handler")) setting.checker.Handled(consumer, envelope);
      throw;
    }
    if (!life->alive()) return;
    setting.checker.Handled(consumer, envelope);
    if (life->Step("leaving a handler") && setting.chance.Hit(setting.faults.throwing_handler)) {
      throw std::runtime_error("a simulated handler failed");
    }
  };
  return client.Subscribe(channel, std::move(options), [&](Subscription& subscription) {
    subscription.OnGap([=](const Gap& gap) {
      if (!life->Step("entering a gap handler")) return;
      impl->setting->Note([&] { return consumer + " is told " + GapText(gap); });
      impl->setting->checker.ToldGap(consumer, gap);
      if (on_gap) on_gap(gap);
    });
    subscription.OnError([=](const Error& error) {
      if (!life->alive()) return;
      impl->setting->Note([&] { return consumer + " is told " + error.what(); });
      impl->setting->checker.ToldError(consumer, error);
      if (on_error) on_error(error);
    });
    subscription.OnEnvelope(handle);
  });
}

Receipt Machine::Publish(Client& client, const std::string& channel, const Draft& draft) {
  const std::shared_ptr<Life> life = impl_->life;
  const std::string producer = client.ProducerIdentity().id;
  if (const auto found = impl_->reserved.find(producer); found != impl_->reserved.end()) found->second.insert(channel);
  try {
    Receipt receipt = client.Publish(channel, draft);
    if (!life->alive()) throw Error(Errc::kClosed, "the process died while it published");
    impl_->setting->checker.Accepted(producer, channel, receipt.sequence, impl_->InOutbox(producer));
    impl_->setting->checker.Acknowledged(producer, channel, receipt.sequence);
    return receipt;
  } catch (const Error& error) {
    impl_->TellFailedPublish(producer, channel, error);
    throw;
  }
}

Receipt Machine::Enqueue(Client& client, const std::string& channel, const Draft& draft) {
  const std::shared_ptr<Life> life = impl_->life;
  const std::string producer = client.ProducerIdentity().id;
  if (const auto found = impl_->reserved.find(producer); found != impl_->reserved.end()) found->second.insert(channel);
  try {
    Receipt receipt = client.Enqueue(channel, draft);
    if (!life->alive()) throw Error(Errc::kClosed, "the process died while it published");
    impl_->setting->checker.Accepted(producer, channel, receipt.sequence, impl_->InOutbox(producer));
    return receipt;
  } catch (const Error& error) {
    impl_->TellFailedPublish(producer, channel, error);
    throw;
  }
}

void Machine::Sleep(Duration span) {
  const auto runtime = Runtime();
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock<std::mutex> lock(mutex);
  runtime->Wait(lock, never, runtime->Now() + span, [] { return false; });
}

void Machine::Die() { impl_->life->Die("giving up"); }

}  // namespace gapless::simulation

#include "tests/simulation/node.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gapless::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kCloseTimeout{1'500};
// Handlers that end, then acknowledgements; in one thread others may wait for answers of their own meanwhile.
constexpr milliseconds kLongestClose = 2 * kCloseTimeout + seconds{8};

ClientOptions OptionsOf(simulation::Machine& machine, const NodePlan& plan) {
  ClientOptions options = machine.Options(plan.name, plan.durability, plan.keep_cursors);
  options.reconnect = {.min_delay = milliseconds{50}, .max_delay = seconds{2}, .stable_after = seconds{1}};
  options.request_timeout = seconds{4};
  options.answer_timeout = seconds{3};
  options.close_timeout = kCloseTimeout;
  options.max_unacknowledged = plan.max_unacknowledged;
  options.max_in_flight = plan.max_in_flight;
  return options;
}

}  // namespace

Node::Node(simulation::World& world, simulation::Machine& machine, NodeRecord& record)
    : world_(world),
      machine_(machine),
      record_(record),
      runtime_(machine.Runtime()),
      strand_(runtime_->NewStrand("node", StrandKind::kSession)),
      client_(OptionsOf(machine, record.plan)) {
  record_.node = this;
  client_.OnError([this](const Error& error) { OnError(error); });
  // Half of the lives connect before they subscribe.
  const bool connect_first = runtime_->Random() % 2 == 0;
  if (connect_first) client_.Connect();
  for (const SubscriptionPlan& plan : record_.plan.subscriptions) Subscribe(plan);
  if (!connect_first) client_.Connect();
  if (!record_.plan.publishes_to.empty()) PublishLater();
  if (record_.last_words) PublishLast();
}

Node::~Node() {
  record_.node = nullptr;
  strand_->Stop();
  const TimePoint before = runtime_->Now();
  client_.Close();
  const Duration took = runtime_->Now() - before;
  if (machine_.alive() && took > kLongestClose) {
    Report("L4", "closing took " + std::to_string(took / milliseconds{1}) + " ms");
  }
}

void Node::Subscribe(const SubscriptionPlan& plan) {
  machine_.Subscribe(
      client_, plan.channel, plan.options,
      [this, relay_to = plan.relay_to](const Envelope& envelope) {
        ++told_.envelopes;
        told_.late += envelope.late ? 1 : 0;
        if (relay_to.empty() || envelope.sequence % 2 != 0) return;
        Draft draft = NextDraft();
        draft.causation.reset();
        Send(relay_to, draft, envelope.sequence % 4 == 0);
      },
      [this](const Gap& gap) {
        told_.ranges += gap.kind == GapKind::kRange ? 1 : 0;
        told_.resets += gap.kind == GapKind::kReset ? 1 : 0;
      });
}

void Node::OnError(const Error& error) {
  switch (error.errc()) {
    case Errc::kDuplicate:
      ++told_.duplicates;
      return;
    case Errc::kMalformed:
      ++told_.malformed;
      if (error.raw().empty()) Report("R5", "a malformed envelope was reported without its bytes");
      return;
    case Errc::kHandlerThrew:
      ++told_.handler_errors;
      return;
    case Errc::kStateFailed:
      // The state takes no more saves; only a new life can tell what is on the disk.
      machine_.Die();
      return;
    case Errc::kInternal:
      if (machine_.alive()) Report("R5", std::string("an internal error was reported: ") + error.what());
      return;
    default:
      return;
  }
}

Draft Node::NextDraft() {
  const std::uint64_t number = ++record_.published;
  Draft draft{.aspect = number % 2 == 0 ? "even" : "odd", .payload = std::to_string(number)};
  const std::size_t size = runtime_->Random() % record_.plan.payload_bytes;
  draft.payload = "\"" + draft.payload + std::string(size, 'x') + "\"";
  // In one thread another's handler may be under way.
  draft.causation = Causation{};
  return draft;
}

void Node::Send(const std::string& channel, const Draft& draft, bool wait) {
  record_.channels.insert(channel);
  try {
    if (wait) {
      machine_.Publish(client_, channel, draft);
    } else {
      machine_.Enqueue(client_, channel, draft);
    }
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) machine_.Die();
  }
}

void Node::PublishLater() {
  const Duration mean = record_.plan.publish_every;
  const Duration span{static_cast<std::int64_t>(runtime_->Random() % static_cast<std::uint64_t>(2 * mean.count()))};
  strand_->PostAt(runtime_->Now() + span, TimerKind::kWork, [this] { PublishNow(); });
}

void Node::PublishNow() {
  if (runtime_->Now() >= record_.publish_until) return;
  const auto& channels = record_.plan.publishes_to;
  const std::size_t burst = runtime_->Random() % 8 == 0 ? 1 + runtime_->Random() % 12 : 1;
  for (std::size_t n = 0; n < burst; ++n) {
    Send(channels[runtime_->Random() % channels.size()], NextDraft(), burst == 1 && runtime_->Random() % 3 == 0);
  }
  if (machine_.alive()) PublishLater();
}

void Node::PublishLast() {
  strand_->Post([this] {
    for (const std::string& channel : record_.channels) PublishUntilAccepted(channel);
  });
}

void Node::PublishUntilAccepted(const std::string& channel) {
  try {
    // Wanted by every filter.
    Draft draft{.aspect = "even", .payload = "\"last\""};
    draft.causation = Causation{};
    machine_.Enqueue(client_, channel, draft);
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) return machine_.Die();
    if (error.errc() != Errc::kQueueFull) return Report("L2", std::string("a last publish failed: ") + error.what());
    strand_->PostAt(runtime_->Now() + seconds{1}, TimerKind::kWork, [=, this] { PublishUntilAccepted(channel); });
  }
}

void Node::Report(const std::string& promise, const std::string& what) {
  world_.checker().Report(promise, machine_.name() + ": " + what);
}

void Node::CheckCount(const char* name, std::uint64_t counted, std::uint64_t told) {
  if (counted == told) return;
  Report("R5", std::string("Stats::") + name + " is " + std::to_string(counted) + ", but handlers were told of " +
                   std::to_string(told));
}

void Node::CheckRest() {
  if (client_.State() != ConnectionState::kConnected) Report("L1", "is not connected in the end");
  const Stats stats = client_.Stats();
  if (stats.unacknowledged != 0) {
    Report("P4", std::to_string(stats.unacknowledged) + " envelopes wait for an acknowledgement in the end");
  }
  const auto& subscriptions = record_.plan.subscriptions;
  const bool filters = std::any_of(subscriptions.begin(), subscriptions.end(),
                                   [](const SubscriptionPlan& plan) { return !plan.options.aspects.empty(); });
  // What is late and filtered out counts, but no handler sees it.
  if (!filters) CheckCount("late", stats.late, told_.late);
  CheckCount("gaps", stats.gaps, told_.ranges);
  CheckCount("resets", stats.resets, told_.resets);
  CheckCount("duplicates", stats.duplicates, told_.duplicates);
  CheckCount("malformed", stats.malformed, told_.malformed);
  CheckCount("handler_errors", stats.handler_errors, told_.handler_errors);
  CheckCount("delivered", stats.delivered, told_.envelopes);
}

}  // namespace gapless::test

#include "examples/demo/orchestrator.h"

#include <poll.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "examples/demo/evidence.h"

namespace demo {
namespace {

using std::chrono::milliseconds;

constexpr int kTurnMilliseconds = 1;
constexpr milliseconds kStallPatience{30'000};
// A cut while nobody is connected proves nothing; look again this much later.
constexpr milliseconds kCutAgain{10};
// How long nothing more may come before the run counts as over: time for a late copy to do harm.
constexpr milliseconds kQuiet{300};
constexpr milliseconds kHubPatience{20'000};
// The library's own bound is 3 s for what is unacknowledged; the rest is for slow machines.
constexpr double kEndSeconds = 15;

}  // namespace

Orchestrator::Orchestrator(const Options& options, const RunFiles& files, std::vector<ChaosEvent> plan,
                           Progress& progress, const volatile std::sig_atomic_t& interrupted)
    : options_(options), files_(files), total_(options.parts), progress_(progress), interrupted_(interrupted) {
  for (ChaosEvent& event : plan) pending_.push_back({event, std::nullopt});
}

Evidence Orchestrator::Run() {
  started_ = moved_ = Clock::now();
  StartHub();
  for (const auto& [role, worker] : {std::pair("publisher", &publisher_), std::pair("subscriber", &subscriber_)}) {
    *worker = std::make_unique<Worker>(role, Command(role), files_.errors_of(role));
    (*worker)->Start();
  }
  Supervise();
  if (!given_up_) AwaitQuiet();
  Stop();
  progress_.End(Now());

  Evidence evidence = GatherEvidence(files_);
  evidence.observed = std::move(observed_);
  evidence.publisher_kills = publisher_->kills();
  evidence.subscriber_kills = subscriber_->kills();
  evidence.connection_cuts = cuts_;
  evidence.seconds = Seconds();
  evidence.seed = options_.seed.value_or(0);
  return evidence;
}

std::vector<std::string> Orchestrator::Command(const std::string& role) const {
  std::vector<std::string> command = {OwnPath(),
                                      "--role",
                                      role,
                                      "--state",
                                      files_.folder,
                                      "--parts",
                                      std::to_string(total_),
                                      "--sabotage",
                                      std::string(ToString(options_.sabotage))};
  if (!url_.empty()) command.insert(command.end(), {"--url", url_});
  return command;
}

void Orchestrator::StartHub() {
  hub_ = std::make_unique<Child>(Command("hub"), files_.errors_of("hub"));
  AwaitHub("serving");
}

void Orchestrator::AwaitHub(const std::string& word) {
  const auto deadline = Clock::now() + kHubPatience;
  hub_said_.reset();
  while (hub_said_ != word) {
    if (interrupted_ != 0) throw Interrupted();
    if (Clock::now() > deadline) throw std::runtime_error("the hub did not answer; see " + files_.errors_of("hub"));
    TakeHubReports();
    poll(nullptr, 0, kTurnMilliseconds);
  }
}

void Orchestrator::TakeHubReports() {
  for (const std::string& line : hub_->TakeLines()) {
    std::istringstream words(line);
    std::string word, value;
    words >> word >> value;
    hub_said_ = word;
    if (word == "serving") url_ = value;
    if (word != "cut") continue;
    const auto cut = std::find_if(pending_.begin(), pending_.end(), [](const Pending& pending) {
      return pending.event.blow == Blow::kCutConnections && pending.strikes_at;
    });
    cut_under_way_ = false;
    if (cut == pending_.end()) continue;
    if (value == "0") {
      cut->strikes_at = Clock::now() + kCutAgain;
      continue;
    }
    pending_.erase(cut);
    ++cuts_;
    Moved();
    progress_.Event(Now(), "cut " + value + (value == "1" ? " connection" : " connections"));
  }
  if (const auto ended = hub_->Ended()) {
    throw std::runtime_error("the hub ended by itself (" + *ended + "); see " + files_.errors_of("hub"));
  }
}

void Orchestrator::Supervise() {
  while (!Finished() && !given_up_) Turn();
  for (const Worker* worker : {publisher_.get(), subscriber_.get()}) {
    if (worker->went_back()) Observe(worker == publisher_.get() ? "P4" : "R3", *worker->went_back());
  }
}

bool Orchestrator::Finished() const {
  return pending_.empty() && publisher_->acknowledged() && subscriber_->at() >= total_ && subscriber_->heard();
}

void Orchestrator::Turn() {
  if (interrupted_ != 0) throw Interrupted();
  Wait();
  TakeHubReports();
  for (Worker* worker : {publisher_.get(), subscriber_.get()}) {
    worker->RestartIfDue();
    if (worker->TakeReports()) Moved();
    CheckAlive(*worker);
  }
  LightFuses();
  StrikeDueOnes();
  std::vector<ChaosEvent> events;
  for (const Pending& pending : pending_) events.push_back(pending.event);
  publisher_->Allow(PublisherLimit(events, total_));
  progress_.Update(Now());
  if (Clock::now() - moved_ > kStallPatience && !given_up_) {
    given_up_ = true;
    Observe("L1", "nothing moved for " + std::to_string(kStallPatience.count() / 1'000) + " s, with the publisher at " +
                      std::to_string(publisher_->at()) + ", the subscriber at " + std::to_string(subscriber_->at()) +
                      " of " + std::to_string(total_) + " and " + std::to_string(pending_.size()) + " blows to come" +
                      publisher_->LastWords() + subscriber_->LastWords());
  }
}

void Orchestrator::Wait() {
  std::vector<pollfd> files = {{hub_->report_fd(), POLLIN, 0}};
  for (const Worker* worker : {publisher_.get(), subscriber_.get()}) {
    if (worker->child() != nullptr) files.push_back({worker->child()->report_fd(), POLLIN, 0});
  }
  poll(files.data(), files.size(), kTurnMilliseconds);
}

void Orchestrator::CheckAlive(Worker& worker) {
  if (worker.child() == nullptr || given_up_) return;
  const auto ended = worker.child()->Ended();
  if (!ended) return;
  given_up_ = true;
  Observe("demo", "the " + worker.name() + " ended by itself (" + *ended + ")" + worker.LastWords());
}

void Orchestrator::LightFuses() {
  bool burning[3] = {};
  for (const Pending& pending : pending_) {
    if (pending.strikes_at) burning[static_cast<std::size_t>(pending.event.blow)] = true;
  }
  for (Pending& pending : pending_) {
    bool& taken = burning[static_cast<std::size_t>(pending.event.blow)];
    const Worker& after = pending.event.after == Role::kPublisher ? *publisher_ : *subscriber_;
    if (taken || after.child() == nullptr || !after.heard() || after.at() < pending.event.parts) continue;
    taken = true;
    pending.strikes_at = Clock::now() + pending.event.delay;
  }
}

void Orchestrator::StrikeDueOnes() {
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    const bool due = pending->strikes_at && Clock::now() >= *pending->strikes_at;
    pending = due && Strike(pending->event) ? pending_.erase(pending) : std::next(pending);
  }
}

bool Orchestrator::Strike(const ChaosEvent& event) {
  if (event.blow == Blow::kCutConnections) {
    // The hub tells how many it cut; only then the blow has fallen.
    if (!cut_under_way_) hub_->Send("cut");
    cut_under_way_ = true;
    return false;
  }
  Worker& worker = event.blow == Blow::kKillPublisher ? *publisher_ : *subscriber_;
  if (!worker.Kill(event.downtime)) return false;
  Moved();
  progress_.Event(Now(), "killed the " + worker.name() + " at part " + std::to_string(worker.at()));
  return true;
}

void Orchestrator::AwaitQuiet() {
  const auto is_quiet = [this] { return Clock::now() - moved_ > kQuiet; };
  while (!is_quiet() && !given_up_) Turn();
}

void Orchestrator::Stop() {
  for (Worker* worker : {publisher_.get(), subscriber_.get()}) {
    Child* child = worker->child();
    if (child == nullptr) continue;
    if (given_up_) {
      child->Kill();
      continue;
    }
    child->Send("quit");
    const auto ended = child->AwaitEnd(kEndSeconds);
    if (ended == "exit status 0") continue;
    Observe("L4", "the " + worker->name() + (ended ? " ended with " + *ended : std::string(" did not end")) +
                      " after it was told to close" + worker->LastWords());
    child->Kill();
  }
  hub_->Send("write");
  AwaitHub("written");
  hub_->Send("quit");
  if (hub_->AwaitEnd(kEndSeconds) != "exit status 0") Observe("L4", "the hub did not end when it was told to");
}

void Orchestrator::Moved() { moved_ = Clock::now(); }

double Orchestrator::Seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

Standing Orchestrator::Now() const {
  return {total_, publisher_->at(), subscriber_->at(), publisher_->kills(), subscriber_->kills(), cuts_, Seconds()};
}

void Orchestrator::Observe(std::string promise, std::string what) {
  observed_.push_back({std::move(promise), std::move(what)});
}

}  // namespace demo

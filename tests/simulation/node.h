#ifndef GAPLESS_TESTS_SIMULATION_NODE_H_
#define GAPLESS_TESTS_SIMULATION_NODE_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "gapless/client.h"
#include "gapless/simulation.h"
#include "tests/simulation/plan.h"

namespace gapless::test {

class Node;

/// What a test knows of a machine over all lives of its process.
struct NodeRecord {
  NodePlan plan;
  /// The one that lives now.
  Node* node = nullptr;
  /// From then on it publishes nothing but its last words. A handler that waits lets time pass, so nobody else can stop
  /// it in time.
  TimePoint publish_until{};
  /// The last ones are due.
  bool last_words = false;
  /// Where something was ever published.
  std::set<std::string> channels;
  std::uint64_t published = 0;
};

/// One life of a process that publishes and subscribes as its plan says, and counts what its client tells it.
class Node {
 public:
  Node(simulation::World& world, simulation::Machine& machine, NodeRecord& record);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Publishes once more on every channel where this machine ever published, until that is accepted.
  void PublishLast();
  /// Whether the client came to rest as promised; everything it did not do is reported.
  void CheckRest();

 private:
  /// What the handlers were told in this life.
  struct Told {
    std::uint64_t envelopes = 0, late = 0, ranges = 0, resets = 0;
    std::uint64_t duplicates = 0, malformed = 0, handler_errors = 0;
  };

  void Subscribe(const SubscriptionPlan& plan);
  void OnError(const Error& error);
  void PublishLater();
  void PublishNow();
  void PublishUntilAccepted(const std::string& channel);
  Draft NextDraft();
  void Send(const std::string& channel, const Draft& draft, bool wait);
  void Report(const std::string& promise, const std::string& what);
  void CheckCount(const char* name, std::uint64_t counted, std::uint64_t told);

  simulation::World& world_;
  simulation::Machine& machine_;
  NodeRecord& record_;
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<Strand> strand_;
  Told told_;
  Client client_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_SIMULATION_NODE_H_

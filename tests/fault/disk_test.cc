// Whole clients on a disk whose n-th operation fails, for every n until none fails: the client lives on or says why
// not, and the life after it, on what the disk holds then or would hold after a power cut, goes on where it was.

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "gapless/memory_transport.h"
#include "gapless/simulated_disk.h"
#include "tests/fault/durability_text.h"
#include "tests/sanitized.h"

namespace gapless {
inline std::ostream& operator<<(std::ostream& out, DiskFault fault) { return out << static_cast<int>(fault); }
}  // namespace gapless

namespace gapless::test {
namespace {

namespace data = boost::unit_test::data;

const std::string kIn = "public:fault.in";
const std::string kOut = "public:fault.out";
/// So small that the journal is folded within a life.
constexpr std::size_t kJournalBytes = 300;
constexpr int kStepsPerLife = 5;
constexpr int kStride = kSanitized ? 7 : 1;

const std::vector<Durability> kDurabilities = {Durability::kReserved, Durability::kEach, Durability::kOutbox};
const std::vector<DiskFault> kFaults = {DiskFault::kRefused, DiskFault::kHalf, DiskFault::kDone};

bool IsStateError(const Error& error) {
  return error.errc() == Errc::kStateNotWritable || error.errc() == Errc::kStateFailed;
}

/// The server and what all lives of one client did.
class History {
 public:
  explicit History(Durability durability) : durability_(durability) {}

  /// A life in which the client handles and publishes a few envelopes.
  void Live(const std::shared_ptr<SimulatedDisk>& disk) {
    ++life_;
    last_accepted_ = 0;
    last_handled_ = 0;
    // Outlives the client, which calls the handlers that use it until it is gone.
    try {
      const auto transport = std::make_shared<MemoryTransport>(hub_, runtime_);
      ClientOptions options{.transport = transport, .producer = {.id = "worker", .kind = ProducerKind::kService}};
      options.snapshotter = FileSnapshotter::Open("state", {.io = disk, .journal_bytes = kJournalBytes});
      options.durability = durability_;
      options.reserve_block = 3;
      Client client(std::move(options));
      client.OnError([this](const Error& error) { CheckTold(error); });
      client.Connect();
      client.Subscribe(kIn, {.from_start = true}, [this](Subscription& subscription) {
        subscription.OnGap([](const Gap& gap) { BOOST_TEST(false, "R2: told " << ToString(gap.kind)); });
        subscription.OnEnvelope([this](const Envelope& envelope) { Handle(envelope.sequence); });
      });
      for (int step = 1; step <= kStepsPerLife; ++step) {
        PublishIn();
        runtime_->Settle();
        Publish(client, step);
      }
      runtime_->Settle();
    } catch (const Error& error) {
      BOOST_TEST(IsStateError(error), "the client ended with " << error.what());
    }
  }

  void Check() const {
    std::map<std::int64_t, std::string> at_server;
    std::int64_t top = 0;
    for (const Publication& publication : hub_->History(kOut)) {
      const std::int64_t sequence = DecodeEnvelope(publication.data).sequence;
      const auto [found, is_new] = at_server.emplace(sequence, publication.data);
      BOOST_TEST(found->second == publication.data, "P2: sequence " << sequence << " was used twice");
      BOOST_TEST((!is_new || sequence > top), "P4: " << sequence << " came after " << top);
      top = std::max(top, sequence);
    }
    for (const std::int64_t sequence : acknowledged_) {
      BOOST_TEST(at_server.count(sequence) == 1U, "P4: " << sequence << " was acknowledged");
    }
    if (durability_ == Durability::kOutbox) {
      for (const std::int64_t sequence : accepted_) {
        BOOST_TEST(at_server.count(sequence) == 1U, "P4: " << sequence << " was in the outbox");
      }
      BOOST_TEST(top == static_cast<std::int64_t>(at_server.size()), "P1: no holes");
    }
    BOOST_TEST(handled_.size() == static_cast<std::size_t>(published_), "R3: all is handled");
  }

 private:
  void PublishIn() {
    Envelope envelope;
    envelope.channel = kIn;
    envelope.sequence = ++published_;
    envelope.producer = {.id = "source", .kind = ProducerKind::kService};
    envelope.aspect = "a";
    envelope.produced_at = runtime_->WallClock();
    hub_->Publish(kIn, EncodeEnvelope(envelope));
  }
  void Publish(Client& client, int step) {
    const Draft draft{.aspect = "a", .payload = std::to_string(life_ * 1'000 + step)};
    try {
      const bool waits = step % 2 == 0;
      const std::int64_t sequence = (waits ? client.Publish(kOut, draft) : client.Enqueue(kOut, draft)).sequence;
      BOOST_TEST((last_accepted_ == 0 || sequence == last_accepted_ + 1),
                 "P3: " << sequence << " after " << last_accepted_ << " in one life");
      last_accepted_ = sequence;
      accepted_.insert(sequence);
      if (waits) acknowledged_.insert(sequence);
    } catch (const Error& error) {
      BOOST_TEST(IsStateError(error), "P5: a publish failed with " << error.what());
    }
  }
  void Handle(std::int64_t sequence) {
    if (last_handled_ == 0) {
      BOOST_TEST(sequence <= static_cast<std::int64_t>(handled_.size()) + 1, "R3: begins with " << sequence);
    } else {
      BOOST_TEST(sequence == last_handled_ + 1, "R1: " << sequence << " after " << last_handled_);
    }
    last_handled_ = sequence;
    handled_.insert(sequence);
  }
  void CheckTold(const Error& error) const {
    // Without an outbox, what a life leaves unacknowledged is told when it ends. And nobody can tell of sequences whose
    // reservation may or may not have been saved.
    const bool is_unsure = durability_ == Durability::kReserved && error.errc() == Errc::kUnrecoverable;
    BOOST_TEST((IsStateError(error) || error.errc() == Errc::kClosed || is_unsure), "R5: told " << error.what());
  }

  const Durability durability_;
  const std::shared_ptr<ManualRuntime> runtime_ = std::make_shared<ManualRuntime>();
  const std::shared_ptr<Hub> hub_ = std::make_shared<Hub>(HubOptions{}, runtime_);
  int life_ = 0;
  std::int64_t published_ = 0;
  std::int64_t last_accepted_ = 0;
  std::int64_t last_handled_ = 0;
  std::set<std::int64_t> accepted_;
  std::set<std::int64_t> acknowledged_;
  std::set<std::int64_t> handled_;
};

/// What else happens in the life of the fault.
struct Ending {
  const char* name;
  /// Every operation after it is refused as well.
  bool for_good;
  bool power_cut;
};
constexpr Ending kEndings[] = {{"", false, false},
                               {", then the power is cut", false, true},
                               {" and all after it, then the power is cut", true, true}};

/// False once a life has fewer than `nth` operations.
bool LiveThroughFault(Durability durability, DiskFault fault, int nth, const Ending& ending) {
  History history(durability);
  auto disk = std::make_shared<SimulatedDisk>();
  history.Live(disk);
  disk->FailAt(nth, fault, ending.for_good);
  history.Live(disk);
  if (!disk->HasFailed()) return false;
  disk->Heal();
  disk = ending.power_cut ? disk->AfterPowerCut(static_cast<std::uint64_t>(nth)) : disk->AsItIs();
  history.Live(disk);
  history.Check();
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault_disk)

BOOST_DATA_TEST_CASE(P2_P3_P4_R3_every_operation_of_a_clients_disk_may_fail,
                     data::make(kDurabilities) * data::make(kFaults), durability, fault) {
  for (const Ending& ending : kEndings) {
    int nth = 1;
    for (; nth < 10'000; nth += kStride) {
      BOOST_TEST_CONTEXT("operation " << nth << ending.name) {
        if (!LiveThroughFault(durability, fault, nth, ending)) break;
      }
    }
    // Opening alone takes more than ten.
    BOOST_TEST(nth > 20);
    BOOST_TEST_MESSAGE("fewer than " << nth << " operations" << ending.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test

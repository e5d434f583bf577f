#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/dom_codec.h"
#include "bench/samples.h"
#include "gapless/gapless.h"

namespace gapless::bench {
namespace {

// Everything here runs on the calling thread, so its processor time is what counts.

constexpr std::size_t kBatch = 256;

/// A client over the memory transport whose subscription has three handlers.
class Receiving {
 public:
  Receiving(const std::shared_ptr<Hub>& hub, const std::shared_ptr<ManualRuntime>& runtime)
      : client_({.transport = std::make_shared<MemoryTransport>(hub, runtime),
                 .producer = {.id = "reader-1", .kind = ProducerKind::kService}}) {
    const auto count = [this](const Envelope& envelope) { seen_ += envelope.payload.size(); };
    client_.Subscribe(kChannel, {}, [&count](Subscription& subscription) {
      subscription.OnEnvelope(count);
      subscription.OnEnvelope(count);
      subscription.OnAspect("data", count);
    });
    client_.Connect();
    runtime->Settle();
  }

  void CheckSeen(std::size_t bytes) const {
    if (seen_ != 3 * bytes) throw std::logic_error("the handlers did not see everything");
  }

 private:
  std::size_t seen_ = 0;
  Client client_;
};

HubOptions SmallHistory() { return {.history_size = kBatch}; }

// Bytes in the hub's hands → decode, gap check, dispatch. Encoding is outside the time.
void Receive(benchmark::State& state, std::size_t bytes) {
  const auto runtime = std::make_shared<ManualRuntime>();
  const auto hub = std::make_shared<Hub>(SmallHistory(), runtime);
  const Receiving receiving(hub, runtime);
  Envelope envelope = SampleEnvelope(bytes, 0);
  std::vector<std::string> texts(kBatch);
  for (auto _ : state) {
    for (std::string& text : texts) {
      ++envelope.sequence;
      text = EncodeEnvelope(envelope);
    }
    const double begin = ThreadCpuSeconds();
    for (const std::string& text : texts) hub->Publish(kChannel, text);
    runtime->Settle();
    state.SetIterationTime(ThreadCpuSeconds() - begin);
  }
  const auto items = static_cast<std::size_t>(state.iterations()) * kBatch;
  receiving.CheckSeen(items * bytes);
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
}

// Draft → encode, hub, decode, gap check, dispatch; the acknowledgement comes back too.
void PublishAndReceive(benchmark::State& state, std::size_t bytes) {
  const auto runtime = std::make_shared<ManualRuntime>();
  const auto hub = std::make_shared<Hub>(SmallHistory(), runtime);
  const Receiving receiving(hub, runtime);
  Client publisher({.transport = std::make_shared<MemoryTransport>(hub, runtime),
                    .producer = {.id = "editor-7", .kind = ProducerKind::kService}});
  publisher.Connect();
  runtime->Settle();
  const Draft draft{.aspect = "data", .payload = SamplePayload(bytes)};
  for (auto _ : state) {
    const double begin = ThreadCpuSeconds();
    for (std::size_t count = 0; count < kBatch; ++count) publisher.Enqueue(kChannel, draft);
    runtime->Settle();
    state.SetIterationTime(ThreadCpuSeconds() - begin);
  }
  const auto items = static_cast<std::size_t>(state.iterations()) * kBatch;
  receiving.CheckSeen(items * bytes);
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
}

/// The peer: the same steps with nlohmann::json and the standard library, without history, positions, repair, cursors,
/// acknowledgements or statistics.
class PlainPipeline {
 public:
  PlainPipeline() {
    for (int handler = 0; handler < 3; ++handler) {
      handlers_.emplace_back([this](const Envelope& envelope) { seen_ += envelope.payload.size(); });
    }
  }

  void Put(std::string text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(text));
  }
  void Drain() {
    for (;;) {
      std::string text;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (queue_.empty()) return;
        text = std::move(queue_.front());
        queue_.pop_front();
      }
      const Envelope envelope = DomDecode(text);
      std::int64_t& last = last_[{envelope.channel, envelope.producer.id}];
      if (envelope.sequence != last + 1) throw std::logic_error("a gap");
      last = envelope.sequence;
      for (const auto& handler : handlers_) handler(envelope);
    }
  }
  std::size_t seen() const { return seen_; }

 private:
  std::mutex mutex_;
  std::deque<std::string> queue_;
  std::map<std::pair<std::string, std::string>, std::int64_t> last_;
  std::vector<std::function<void(const Envelope&)>> handlers_;
  std::size_t seen_ = 0;
};

void PlainReceive(benchmark::State& state, std::size_t bytes, bool encoding_counts) {
  PlainPipeline pipeline;
  Envelope envelope = SampleEnvelope(bytes, 0);
  std::vector<std::string> texts(kBatch);
  for (auto _ : state) {
    double begin = ThreadCpuSeconds();
    for (std::string& text : texts) {
      ++envelope.sequence;
      text = DomEncode(envelope);
    }
    if (!encoding_counts) begin = ThreadCpuSeconds();
    for (std::string& text : texts) pipeline.Put(std::move(text));
    pipeline.Drain();
    state.SetIterationTime(ThreadCpuSeconds() - begin);
  }
  benchmark::DoNotOptimize(pipeline.seen());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

const bool registered = [] {
  for (const auto& [bytes, name] : kPayloadSizes) {
    const std::string receive = std::string("receive to three handlers/") + name + "/";
    const std::string whole = std::string("publish to three handlers/") + name + "/";
    benchmark::RegisterBenchmark((receive + "Client over MemoryTransport").c_str(), Receive, bytes)->UseManualTime();
    benchmark::RegisterBenchmark((receive + "peer: nlohmann DOM, queue, map").c_str(), PlainReceive, bytes, false)
        ->UseManualTime();
    benchmark::RegisterBenchmark((whole + "Client over MemoryTransport").c_str(), PublishAndReceive, bytes)
        ->UseManualTime();
    benchmark::RegisterBenchmark((whole + "peer: nlohmann DOM, queue, map").c_str(), PlainReceive, bytes, true)
        ->UseManualTime();
  }
  return true;
}();

}  // namespace
}  // namespace gapless::bench

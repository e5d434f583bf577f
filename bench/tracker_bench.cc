#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bench/cpu_time.h"
#include "gapless/sequence.h"

namespace gapless::bench {
namespace {

/// The peer: a counter per channel behind one mutex.
class MutexTracker {
 public:
  std::int64_t Next(const std::string& channel) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ++last_[channel];
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> last_;
};

std::vector<std::string> Channels(std::size_t count) {
  std::vector<std::string> channels;
  for (std::size_t index = 0; index < count; ++index) channels.push_back("public:app.room." + std::to_string(index));
  return channels;
}

// Visits the channels in an order that no cache line predicts; the factor is odd and so is coprime to powers of two.
template <typename Tracker>
void NextMany(Tracker& tracker, const std::vector<std::string>& channels, std::size_t count, std::size_t from) {
  constexpr std::size_t kStride = 7'919;
  for (std::size_t step = 0; step < count; ++step) {
    benchmark::DoNotOptimize(tracker.Next(channels[(from + step * kStride) % channels.size()]));
  }
}

template <typename Tracker>
void Next(benchmark::State& state, std::size_t channel_count, std::size_t thread_count) {
  constexpr std::size_t kBatch = 20'000;
  const std::vector<std::string> channels = Channels(channel_count);
  Tracker tracker;
  NextMany(tracker, channels, channel_count, 0);
  for (auto _ : state) {
    if (thread_count == 1) {
      const double begin = ThreadCpuSeconds();
      NextMany(tracker, channels, kBatch, 0);
      state.SetIterationTime(ThreadCpuSeconds() - begin);
      continue;
    }
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&, thread] { NextMany(tracker, channels, kBatch, thread * channel_count / 2); });
    }
    for (std::thread& thread : threads) thread.join();
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch * thread_count));
}

const bool registered = [] {
  for (const std::size_t threads : {1, 2}) {
    for (const std::size_t channels : {1, 10'000}) {
      const std::string column = (channels == 1 ? "1 channel" : "10,000 channels") + std::string(", ") +
                                 std::to_string(threads) + (threads == 1 ? " thread" : " threads");
      const std::string name = "tracker Next/" + column + "/";
      benchmark::RegisterBenchmark((name + "SequenceTracker").c_str(), Next<SequenceTracker>, channels, threads)
          ->UseManualTime();
      benchmark::RegisterBenchmark((name + "peer: one mutex, one map").c_str(), Next<MutexTracker>, channels, threads)
          ->UseManualTime();
    }
  }
  return true;
}();

}  // namespace
}  // namespace gapless::bench

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/acknowledging_transport.h"
#include "bench/bare_sqlite.h"
#include "bench/samples.h"
#include "bench/scratch_folder.h"
#include "gapless/client.h"

namespace gapless::bench {
namespace {

constexpr std::size_t kPayloadBytes = 60;

// `Enqueue` returns once the publish is as durable as asked for, which is what is measured. Between the batches
// everything is acknowledged, outside the time; while they run, acknowledgements and removals from the outbox go on as
// in real life.
void PublishDurably(benchmark::State& state, const std::shared_ptr<Snapshotter>& snapshotter,
                    std::optional<Durability> durability, std::size_t thread_count) {
  constexpr std::size_t kEach = 100;
  Client client({.transport = std::make_shared<AcknowledgingTransport>(),
                 .producer = {.id = "editor-7", .kind = ProducerKind::kService},
                 .snapshotter = snapshotter,
                 .durability = durability});
  client.Connect();
  if (!client.WaitUntilConnected(std::chrono::seconds{5})) throw std::runtime_error("not connected");
  const Draft draft{.aspect = "data", .payload = SamplePayload(kPayloadBytes)};
  for (auto _ : state) {
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&client, &draft] {
        for (std::size_t count = 0; count < kEach; ++count) client.Enqueue(kChannel, draft);
      });
    }
    for (std::thread& thread : threads) thread.join();
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (!client.Flush(std::chrono::seconds{30})) throw std::runtime_error("not acknowledged");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kEach * thread_count));
}

template <typename Home>
void PublishWith(benchmark::State& state, Durability durability, std::size_t threads) {
  const ScratchFolder folder;
  PublishDurably(state, Home::Open(folder / "state"), durability, threads);
}

void PublishInMemory(benchmark::State& state, std::size_t threads) {
  PublishDurably(state, nullptr, std::nullopt, threads);
}

void CommitBareSqlite(benchmark::State& state) {
  const ScratchFolder folder;
  BareSqlite bare(folder / "state");
  std::int64_t last = 0;
  for (auto _ : state) bare.Put(kChannel, ++last);
  state.SetItemsProcessed(state.iterations());
}

const bool registered = [] {
  for (const std::size_t threads : {1, 8}) {
    const std::string prefix = "durable publish of 60 B/" + std::string(threads == 1 ? "1 thread/" : "8 threads/");
    const auto add = [&prefix, threads](const std::string& name, Durability durability, auto* function) {
      benchmark::RegisterBenchmark((prefix + name).c_str(), function, durability, threads)->UseManualTime();
    };
    add("SqliteSnapshotter, kEach", Durability::kEach, PublishWith<SqliteSnapshotter>);
    add("SqliteSnapshotter, kOutbox", Durability::kOutbox, PublishWith<SqliteSnapshotter>);
    add("FileSnapshotter, kEach", Durability::kEach, PublishWith<FileSnapshotter>);
    add("FileSnapshotter, kOutbox", Durability::kOutbox, PublishWith<FileSnapshotter>);
    benchmark::RegisterBenchmark((prefix + "no snapshotter, kMemory").c_str(), PublishInMemory, threads)
        ->UseManualTime();
  }
  benchmark::RegisterBenchmark("durable publish of 60 B/1 thread/peer: bare SQLite commit of one row", CommitBareSqlite)
      ->UseRealTime();
  return true;
}();

}  // namespace
}  // namespace gapless::bench

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "bench/bare_sqlite.h"
#include "bench/samples.h"
#include "bench/scratch_folder.h"
#include "gapless/snapshotter.h"

namespace gapless::bench {
namespace {

std::string ChannelName(std::size_t index) { return "public:app.room." + std::to_string(index); }

// Saves are timed one by one on a state that already holds all channels; the channels take turns.
template <typename Save>
void TimeSaves(benchmark::State& state, std::size_t channels, const Save& save) {
  std::int64_t last = 1;
  std::size_t channel = 0;
  for (auto _ : state) {
    save(ChannelName(channel), ++last);
    channel = (channel + 7'919) % channels;
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Home>
void SaveInto(benchmark::State& state, std::size_t channels) {
  const ScratchFolder folder;
  const auto home = Home::Open(folder / "state");
  home->Load("editor-7");
  Changes all;
  for (std::size_t index = 0; index < channels; ++index) all.produced.emplace_back(ChannelName(index), 1);
  home->Save(all);
  TimeSaves(state, channels, [&home](const std::string& channel, std::int64_t last) {
    Changes changes;
    changes.produced.emplace_back(channel, last);
    home->Save(changes);
  });
}

void SaveBareSqlite(benchmark::State& state, std::size_t channels) {
  const ScratchFolder folder;
  BareSqlite bare(folder / "state");
  bare.Run("BEGIN");
  for (std::size_t index = 0; index < channels; ++index) bare.Put(ChannelName(index), 1);
  bare.Run("COMMIT");
  TimeSaves(state, channels, [&bare](const std::string& channel, std::int64_t last) { bare.Put(channel, last); });
}

void Sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0 || fsync(file) != 0 || close(file) != 0) throw std::runtime_error("cannot sync " + path);
}

/// The second peer: the whole map in a JSON file that is replaced as a whole, safely.
void SaveWholeFile(benchmark::State& state, std::size_t channels) {
  const ScratchFolder folder;
  std::map<std::string, std::int64_t> all;
  for (std::size_t index = 0; index < channels; ++index) all[ChannelName(index)] = 1;
  TimeSaves(state, channels, [&](const std::string& channel, std::int64_t last) {
    all[channel] = last;
    const std::string text = nlohmann::json(all).dump();
    const std::string path = folder / "state";
    FILE* const file = fopen((path + ".new").c_str(), "w");
    if (file == nullptr || fwrite(text.data(), 1, text.size(), file) != text.size() || fclose(file) != 0) {
      throw std::runtime_error("cannot write " + path);
    }
    Sync(path + ".new");
    if (rename((path + ".new").c_str(), path.c_str()) != 0) throw std::runtime_error("cannot rename " + path);
    Sync(folder / ".");
  });
}

template <typename Home>
void LoadFrom(benchmark::State& state, std::size_t channels) {
  const ScratchFolder folder;
  {
    const auto home = Home::Open(folder / "state");
    home->Load("editor-7");
    Changes all;
    for (std::size_t index = 0; index < channels; ++index) all.produced.emplace_back(ChannelName(index), 1);
    home->Save(all);
  }
  for (auto _ : state) {
    const auto home = Home::Open(folder / "state");
    if (home->Load("editor-7").produced.size() != channels) throw std::logic_error("channels are missing");
  }
  state.SetItemsProcessed(state.iterations());
}

const bool registered = [] {
  for (const std::size_t channels : {1, 10'000}) {
    const std::string column = channels == 1 ? "1 channel/" : "10,000 channels/";
    const std::string save = "save of one channel/" + column;
    const auto add = [channels](const std::string& name, auto* function) {
      benchmark::RegisterBenchmark(name.c_str(), function, channels)->UseRealTime();
    };
    add(save + "SqliteSnapshotter", SaveInto<SqliteSnapshotter>);
    add(save + "FileSnapshotter", SaveInto<FileSnapshotter>);
    add(save + "peer: bare SQLite commit of one row", SaveBareSqlite);
    add(save + "peer: whole JSON file, temporary, synced, renamed", SaveWholeFile);
    const std::string load = "open and load/" + column;
    add(load + "SqliteSnapshotter", LoadFrom<SqliteSnapshotter>);
    add(load + "FileSnapshotter", LoadFrom<FileSnapshotter>);
  }
  return true;
}();

}  // namespace
}  // namespace gapless::bench

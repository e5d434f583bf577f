// Saves without end and says after each save that it is done, so that a test can kill it and look at what is left.
//
//   snapshot_writer file|sqlite PATH THREADS BYTES
//
// Prints "open", then "THREAD NUMBER" after each save, each line at once. With 0 threads it holds the state open until
// its input ends. Save NUMBER of thread THREAD puts everything of the channel named after the thread to NUMBER: the
// sequence, the one entry in the outbox (of BYTES bytes), the cursor and the position.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/writer/writer_state.h"

namespace {

using gapless::test::WriterChannel;
using gapless::test::WriterSave;

// One write each, so that a line is either there or not.
void Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::_Exit(2);
}

void SaveForEver(gapless::Snapshotter& snapshotter, int thread, std::int64_t number, std::size_t bytes) {
  try {
    for (;; ++number) {
      snapshotter.Save(WriterSave(thread, number, bytes));
      Say(std::to_string(thread) + " " + std::to_string(number));
    }
  } catch (const std::exception& error) {
    Say(std::string("error ") + error.what());
    std::_Exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string path = argv[2];
  const int thread_count = std::atoi(argv[3]);
  const auto bytes = static_cast<std::size_t>(std::atoi(argv[4]));
  try {
    std::shared_ptr<gapless::Snapshotter> snapshotter;
    if (std::string(argv[1]) == "file") {
      snapshotter = gapless::FileSnapshotter::Open(path);
    } else {
      snapshotter = gapless::SqliteSnapshotter::Open(path);
    }
    gapless::State state = snapshotter->Load(gapless::test::kWriterProducer);
    Say("open");
    if (thread_count == 0) {
      char byte = 0;
      while (read(STDIN_FILENO, &byte, 1) > 0) {
      }
      return 0;
    }
    std::vector<std::thread> threads;
    for (int thread = 0; thread < thread_count; ++thread) {
      const std::int64_t next = state.produced[WriterChannel(thread)] + 1;
      threads.emplace_back([&, thread, next] { SaveForEver(*snapshotter, thread, next, bytes); });
    }
    for (std::thread& thread : threads) thread.join();
  } catch (const std::exception& error) {
    Say(std::string("error ") + error.what());
    return 1;
  }
  return 0;
}

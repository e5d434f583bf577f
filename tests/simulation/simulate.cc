// Plays histories and checks every promise of gapless in each.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gapless/simulation.h"
#include "tests/simulation/history.h"

namespace gapless::test {
namespace {

constexpr const char* kUsage =
    "usage: simulate [--seed S] [--histories N] [--jobs J] [--keep-going] [--trace]\n"
    "\n"
    "Plays N histories (1), those of the seeds S (1), S + 1, … on J threads (one for each core). The first history "
    "that\n"
    "breaks a promise is shown and ends the run with exit status 1; with --keep-going all are played and each that "
    "breaks\n"
    "one gets a line. --trace shows the history of S from its beginning.\n";

// Of a failed history so many lines before the first violation are shown.
constexpr std::size_t kTraceLines = 120;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t histories = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  bool trace = false;
  bool keep_going = false;
};

std::optional<Arguments> Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  try {
    for (std::size_t n = 0; n < words.size(); ++n) {
      if (words[n] == "--trace") {
        arguments.trace = true;
        continue;
      }
      if (words[n] == "--keep-going") {
        arguments.keep_going = true;
        continue;
      }
      if (n + 1 == words.size()) return std::nullopt;
      const std::uint64_t value = std::stoull(words[n + 1]);
      if (words[n] == "--seed") {
        arguments.seed = value;
      } else if (words[n] == "--histories") {
        arguments.histories = value;
      } else if (words[n] == "--jobs" && value > 0) {
        arguments.jobs = static_cast<unsigned>(value);
      } else {
        return std::nullopt;
      }
      ++n;
    }
  } catch (const std::logic_error&) {
    return std::nullopt;  // No number.
  }
  return arguments;
}

/// Plays it again, and shows what led to the first violation.
void Show(std::uint64_t seed) {
  std::deque<std::string> lines;
  bool broken = false;
  const HistoryResult result = PlayHistory(seed, [&](const std::string& line) {
    if (broken) return;
    lines.push_back(line);
    if (lines.size() > kTraceLines) lines.pop_front();
    broken = line.find(simulation::kViolationMark) != std::string::npos;
  });
  std::cout << "History " << seed << " up to its first violation:\n";
  for (const std::string& line : lines) std::cout << line << "\n";
  std::cout << "\nHistory " << seed << " breaks";
  for (const Violation& violation : result.violations)
    std::cout << "\n  " << violation.promise << ": " << violation.what;
  std::cout << "\nSee all of it with: ./dev simulate --seed " << seed << " --trace\n\n";
}

int Run(const Arguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next{0}, envelopes{0}, lives{0};
  std::mutex mutex;
  // The lowest, so that several threads report what one would.
  std::optional<std::uint64_t> failed;
  const auto work = [&] {
    for (std::uint64_t n = next++; n < arguments.histories; n = next++) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (failed && *failed < n && !arguments.keep_going) return;
      }
      const HistoryResult result = PlayHistory(arguments.seed + n);
      envelopes += result.envelopes;
      lives += static_cast<std::uint64_t>(result.lives);
      const std::lock_guard<std::mutex> lock(mutex);
      if (result.violations.empty()) continue;
      if (!failed || n < *failed) failed = n;
      if (!arguments.keep_going) continue;
      const Violation& first = result.violations.front();
      std::cout << "seed " << arguments.seed + n << " breaks " << first.promise << ": " << first.what << "\n";
    }
  };
  std::vector<std::thread> threads;
  for (unsigned n = 1; n < arguments.jobs; ++n) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::cout << envelopes << " envelopes taken by servers, " << lives << " lives of processes, " << took << " s\n";
  if (arguments.trace) PlayHistory(arguments.seed, [](const std::string& line) { std::cout << line << "\n"; });
  if (failed) Show(arguments.seed + *failed);
  std::cout << "simulation: seed " << arguments.seed << ", " << arguments.histories << " histories, "
            << (failed ? "FAILED at seed " + std::to_string(arguments.seed + *failed) : "all promises kept")
            << std::endl;
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace
}  // namespace gapless::test

int main(int argc, char** argv) {
  const auto arguments = gapless::test::Parse({argv + 1, argv + argc});
  if (!arguments) {
    std::cerr << gapless::test::kUsage;
    return 2;
  }
  return gapless::test::Run(*arguments);
}

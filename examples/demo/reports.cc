#include "examples/demo/reports.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace demo {
namespace {

constexpr int kOrphaned = 3;

void WriteLine(int file, std::string line) {
  line += '\n';
  // One call per line: lines of several threads do not mix, and a kill leaves none half written.
  ssize_t written = 0;
  do {
    written = write(file, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0 && file == STDOUT_FILENO) std::_Exit(kOrphaned);
}

}  // namespace

void Report(const std::string& line) { WriteLine(STDOUT_FILENO, line); }
void Log(const std::string& line) { WriteLine(STDERR_FILENO, line); }

void TakeCommands(const std::function<void(const std::string& word, std::int64_t number)>& take) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string word;
    std::int64_t number = 0;
    words >> word >> number;
    if (word == "quit") return;
    take(word, number);
  }
  std::_Exit(kOrphaned);
}

void Die(const std::string& why) {
  Log("fatal: " + why);
  std::_Exit(EXIT_FAILURE);
}

}  // namespace demo

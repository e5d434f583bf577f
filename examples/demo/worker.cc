#include "examples/demo/worker.h"

#include <deque>
#include <fstream>
#include <sstream>
#include <utility>

namespace demo {
namespace {
constexpr std::size_t kLastLines = 5;
}  // namespace

Worker::Worker(std::string name, std::vector<std::string> command, std::string error_file)
    : name_(std::move(name)), command_(std::move(command)), error_file_(std::move(error_file)) {}

void Worker::Start() {
  restart_at_.reset();
  heard_ = false;
  acknowledged_ = false;
  allowed_ = 0;
  child_ = std::make_unique<Child>(command_, error_file_);
}

bool Worker::Kill(std::chrono::milliseconds downtime) {
  if (!child_ || !child_->Kill()) return false;
  // What it still said before it died is its word: whoever comes after it must know as much.
  TakeReports();
  child_.reset();
  ++kills_;
  restart_at_ = Clock::now() + downtime;
  return true;
}

void Worker::RestartIfDue() {
  if (restart_at_ && Clock::now() >= *restart_at_) Start();
}

bool Worker::TakeReports() {
  bool progress = false;
  if (!child_) return progress;
  for (const std::string& line : child_->TakeLines()) {
    std::istringstream words(line);
    std::string word;
    std::int64_t parts = 0;
    words >> word >> parts;
    if (word == "acknowledged") acknowledged_ = true;
    if (word != "at") continue;
    if (parts < at_ && !went_back_) {
      went_back_ = "the " + name_ + " had committed " + std::to_string(at_) + " parts and knew of " +
                   std::to_string(parts) + " when it was back";
    }
    progress = progress || parts > at_ || !heard_;
    heard_ = true;
    at_ = parts;
  }
  return progress;
}

void Worker::Allow(std::int64_t parts) {
  if (!child_ || parts <= allowed_) return;
  allowed_ = parts;
  child_->Send("upto " + std::to_string(parts));
}

std::string Worker::LastWords() const {
  std::ifstream file(error_file_);
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back("\n    " + line);
    if (lines.size() > kLastLines) lines.pop_front();
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  return text.empty() ? "" : "; the end of " + error_file_ + ":" + text;
}

}  // namespace demo

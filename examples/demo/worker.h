#ifndef GAPLESS_EXAMPLES_DEMO_WORKER_H_
#define GAPLESS_EXAMPLES_DEMO_WORKER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/demo/child.h"

namespace demo {

using Clock = std::chrono::steady_clock;

/// The publisher or the subscriber through all its lives.
class Worker {
 public:
  Worker(std::string name, std::vector<std::string> command, std::string error_file);

  void Start();
  /// SIGKILL; it is started again by `RestartIfDue` after `downtime`. False if it was not alive.
  bool Kill(std::chrono::milliseconds downtime);
  void RestartIfDue();
  /// Takes its reports. Returns whether any of them told of progress.
  bool TakeReports();
  /// Lets the publisher go so far; sent only when that changes something.
  void Allow(std::int64_t parts);

  const std::string& name() const { return name_; }
  /// Null between two lives.
  Child* child() const { return child_.get(); }
  /// Whether this life has said where it stands.
  bool heard() const { return heard_; }
  /// Parts committed, by what it last said.
  std::int64_t at() const { return at_; }
  /// Whether it said that everything is acknowledged.
  bool acknowledged() const { return acknowledged_; }
  std::int64_t kills() const { return kills_; }
  /// Set when a new life knew less than an earlier one had committed.
  const std::optional<std::string>& went_back() const { return went_back_; }
  /// The last lines of its log.
  std::string LastWords() const;

 private:
  const std::string name_;
  const std::vector<std::string> command_;
  const std::string error_file_;
  std::unique_ptr<Child> child_;
  std::optional<Clock::time_point> restart_at_;
  bool heard_ = false;
  bool acknowledged_ = false;
  std::int64_t at_ = 0;
  std::int64_t allowed_ = 0;
  std::int64_t kills_ = 0;
  std::optional<std::string> went_back_;
};

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_WORKER_H_

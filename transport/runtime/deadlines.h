#ifndef GAPLESS_TRANSPORT_RUNTIME_DEADLINES_H_
#define GAPLESS_TRANSPORT_RUNTIME_DEADLINES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gapless/runtime.h"

namespace gapless::internal {

/// When something is due for each of many names. Asking for the earliest costs the same however many there are.
class Deadlines {
 public:
  /// In place of the one that the name has, if any.
  void Set(const std::string& name, TimePoint when) {
    Erase(name);
    by_name_.emplace(name, when);
    by_time_.emplace(when, name);
  }
  void Erase(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_time_.erase({found->second, name});
    by_name_.erase(found);
  }
  void Clear() {
    by_name_.clear();
    by_time_.clear();
  }
  std::optional<TimePoint> Earliest() const {
    return by_time_.empty() ? std::nullopt : std::optional(by_time_.begin()->first);
  }
  /// Takes out and returns the names whose time has come, earliest first.
  std::vector<std::string> TakeDue(TimePoint now) {
    std::vector<std::string> due;
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      due.push_back(by_time_.begin()->second);
      by_name_.erase(due.back());
      by_time_.erase(by_time_.begin());
    }
    return due;
  }

 private:
  std::map<std::string, TimePoint> by_name_;
  std::set<std::pair<TimePoint, std::string>> by_time_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_TRANSPORT_RUNTIME_DEADLINES_H_

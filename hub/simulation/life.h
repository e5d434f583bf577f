#ifndef GAPLESS_HUB_SIMULATION_LIFE_H_
#define GAPLESS_HUB_SIMULATION_LIFE_H_

#include <functional>
#include <utility>

namespace gapless::simulation {

/// One life of a process, from its start to its end. Whatever it does that others can see asks here first, and may find
/// that it died in the middle of it.
class Life {
 public:
  explicit Life(std::function<void(const char*)> on_death) : on_death_(std::move(on_death)) {}

  bool alive() const { return alive_; }
  /// A step that others can see comes next. Returns whether the process lives to do it.
  bool Step(const char* what) {
    if (alive_ && steps_left_ > 0 && --steps_left_ == 0) Die(what);
    return alive_;
  }
  void DieAfter(int steps) { steps_left_ = steps; }
  void Die(const char* where) {
    if (!alive_) return;
    alive_ = false;
    on_death_(where);
  }
  /// The life ended in order; nobody is told.
  void End() { alive_ = false; }

 private:
  bool alive_ = true;
  int steps_left_ = 0;
  std::function<void(const char*)> on_death_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_LIFE_H_

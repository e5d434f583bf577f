#ifndef GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_
#define GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gapless/snapshotter.h"

namespace gapless::simulation {

/// A snapshotter that tells what is being saved, and once more when that is durable.
class WatchedSnapshotter : public Snapshotter {
 public:
  using Watch = std::function<void(const Changes&, bool durable)>;
  WatchedSnapshotter(std::shared_ptr<Snapshotter> inner, Watch watch)
      : inner_(std::move(inner)), watch_(std::move(watch)) {}

  gapless::State Load(const std::string& producer_id) override { return inner_->Load(producer_id); }
  void Save(const Changes& changes) override {
    watch_(changes, false);
    inner_->Save(changes);
    watch_(changes, true);
  }

 private:
  const std::shared_ptr<Snapshotter> inner_;
  const Watch watch_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_

#ifndef GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_
#define GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gapless/snapshotter.h"

namespace gapless::simulation {

/// A snapshotter that tells what became durable.
class WatchedSnapshotter : public Snapshotter {
 public:
  WatchedSnapshotter(std::shared_ptr<Snapshotter> inner, std::function<void(const Changes&)> on_saved)
      : inner_(std::move(inner)), on_saved_(std::move(on_saved)) {}

  gapless::State Load(const std::string& producer_id) override { return inner_->Load(producer_id); }
  void Save(const Changes& changes) override {
    inner_->Save(changes);
    on_saved_(changes);
  }

 private:
  const std::shared_ptr<Snapshotter> inner_;
  const std::function<void(const Changes&)> on_saved_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_WATCHED_SNAPSHOTTER_H_

#include <string>
#include <utility>

#include "gapless/snapshotter.h"
#include "snapshot/change_rules.h"
#include "snapshot/commit_queue.h"
#include "snapshot/sqlite_home.h"

namespace gapless {

using internal::CommitQueue;

struct SqliteSnapshotter::Impl {
  Impl(const std::string& path, const SqliteOptions& options)
      : home(path, options), queue([this](const CommitQueue::Group& group) {
          RequireLoaded();
          home.session->Write([&] {
            for (const Changes* changes : group) home.session->Apply(*changes);
          });
        }) {}

  void RequireLoaded() const {
    if (!loaded) throw Error(Errc::kInvalidState, home.path + ": Load comes before the first save");
  }

  internal::SqliteHome home;
  bool loaded = false;
  /// Everything above belongs to whoever has the turn here.
  CommitQueue queue;
};

SqliteSnapshotter::SqliteSnapshotter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteSnapshotter::~SqliteSnapshotter() = default;

std::shared_ptr<SqliteSnapshotter> SqliteSnapshotter::Open(const std::string& path, SqliteOptions options) {
  internal::CheckSqliteOptions(path, options);
  return std::shared_ptr<SqliteSnapshotter>(new SqliteSnapshotter(std::make_unique<Impl>(path, options)));
}

State SqliteSnapshotter::Load(const std::string& producer_id) {
  internal::CheckProducerId(producer_id);
  State state;
  impl_->queue.Alone([&] {
    if (impl_->loaded) {
      throw Error(Errc::kInvalidState,
                  impl_->home.path + ": this state was loaded already; one snapshotter serves one client");
    }
    impl_->home.session->Write([&] { state = impl_->home.session->OpenState(producer_id); });
    impl_->loaded = true;
  });
  return state;
}

void SqliteSnapshotter::Save(const Changes& changes) {
  internal::CheckChanges(changes);
  if (changes.Empty()) return;
  impl_->queue.Save(changes);
}

void SqliteSnapshotter::Transact(const std::function<Changes(Transaction&)>& body) {
  impl_->queue.Alone([&] {
    impl_->RequireLoaded();
    impl_->home.session->Write([&] {
      const Changes changes = impl_->home.session->RunBody(body);
      internal::CheckChanges(changes);
      impl_->home.session->Apply(changes);
    });
  });
}

}  // namespace gapless

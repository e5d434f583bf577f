#include "gapless/snapshotter.h"

namespace gapless {

void Snapshotter::Transact(const std::function<Changes(Transaction&)>&) {
  throw Error(Errc::kNotSupported,
              "this snapshotter is no database, so nothing can be committed together with it; use SqliteSnapshotter");
}

}  // namespace gapless

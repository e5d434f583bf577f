#ifndef GAPLESS_TESTS_UNIT_CLIENT_STATE_HOMES_H_
#define GAPLESS_TESTS_UNIT_CLIENT_STATE_HOMES_H_

#include <boost/mpl/list.hpp>
#include <memory>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless::test {

struct InFile {
  static std::shared_ptr<Snapshotter> Open(const TemporaryFolder& folder, const std::string& name) {
    return FileSnapshotter::Open(folder / (name + ".json"));
  }
};

struct InSqlite {
  static std::shared_ptr<Snapshotter> Open(const TemporaryFolder& folder, const std::string& name) {
    return SqliteSnapshotter::Open(folder / (name + ".db"));
  }
};

/// Both homes of state, for BOOST_AUTO_TEST_CASE_TEMPLATE.
using Homes = boost::mpl::list<InFile, InSqlite>;

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_STATE_HOMES_H_

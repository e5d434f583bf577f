#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_

#include "gapless/simulated_disk.h"

namespace gapless::test {

using gapless::SimulatedDisk;
using FaultKind = gapless::DiskFault;

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_SIMULATED_DISK_H_

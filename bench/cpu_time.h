#ifndef GAPLESS_BENCH_CPU_TIME_H_
#define GAPLESS_BENCH_CPU_TIME_H_

#include <ctime>

namespace gapless::bench {

/// Seconds of processor time of the calling thread: for work that stays on it, so that a busy machine does not count.
inline double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_CPU_TIME_H_

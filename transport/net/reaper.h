#ifndef GAPLESS_TRANSPORT_NET_REAPER_H_
#define GAPLESS_TRANSPORT_NET_REAPER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gapless::net {

/// Something with threads of its own inside, which must have ended before the process may exit.
class Mortal {
 public:
  virtual ~Mortal() = default;
  /// Begins to end it, as fast as it can. Does not wait.
  virtual void End() = 0;
};

/// Performs what may wait, on a thread where nobody minds: joining threads, destroying cpprest's clients, and closing
/// those of peers that are silent. Their destructors wait for their threads, so none may run on one of those or on a
/// thread of a user. Thread-safe.
///
/// When the process exits, whatever is still alive is ended and waited for, for at most `kExitPatience`: after that
/// OpenSSL and cpprest's thread pool are gone, and what ends without them crashes.
class Reaper {
 public:
  /// cpprest gives up on each step of a connection after 5 s, and its closing handshake, which may begin a second
  /// late, is one step.
  static constexpr std::chrono::milliseconds kExitPatience{7'000};

  /// The one of this process. It is never destroyed.
  static Reaper& Get();
  /// The same, for what lives on cpprest's thread pool: that is made now, so that it is still there when the process
  /// exits and the reaper ends what is left.
  static Reaper& GetOverCpprest();

  /// Keeps `mortal` alive until `Release`. False once the process is exiting: then nothing may begin any more.
  bool Admit(std::shared_ptr<Mortal> mortal);
  void Release(const Mortal* mortal);
  /// Keeps it for ever instead: its destructor would never return.
  void Immure(const Mortal* mortal);
  /// Runs `task` on the reaper's thread once `delay` has passed. It must not throw.
  void Post(std::function<void()> task, std::chrono::milliseconds delay = {});

  /// Whether all that were admitted are released within `patience`.
  bool WaitUntilEmpty(std::chrono::milliseconds patience);

 private:
  Reaper();
  void Run();
  /// Does something once only.
  void EndAll();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const Mortal*, std::shared_ptr<Mortal>> alive_;
  std::vector<std::shared_ptr<Mortal>> immured_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> tasks_;
  bool exiting_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_REAPER_H_

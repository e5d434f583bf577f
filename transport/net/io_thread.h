#ifndef GAPLESS_TRANSPORT_NET_IO_THREAD_H_
#define GAPLESS_TRANSPORT_NET_IO_THREAD_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/net/reaper.h"

namespace gapless::net {

/// Something whose operations run on an `IoThread`.
class Wire {
 public:
  virtual ~Wire() = default;
  /// Ends all its operations at once. On the thread.
  virtual void Cut() = 0;
};

/// An io context and the one thread that runs it. The thread ends once nobody wants it any more and the last operation
/// is done; the reaper joins it.
class IoThread final : public Mortal, public std::enable_shared_from_this<IoThread> {
 public:
  /// Throws `Error(kConnectFailed)` where no thread can begin.
  static std::shared_ptr<IoThread> Start();

  /// What has operations on it must be destroyed on the thread, or before the thread has begun with it.
  boost::asio::io_context& context() { return context_; }
  /// Has the thread run it. False once the thread has ended: then nothing runs on it any more. Thread-safe.
  bool Post(std::function<void()> task);
  /// Cuts it when the process exits, if it is still there; now if it exits already. On the thread.
  void Watch(std::weak_ptr<Wire> wire);
  /// No new work will come from outside. Does not wait. Thread-safe.
  void Retire();
  void End() override;

 private:
  IoThread();
  void Run();

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> wanted_;
  std::vector<std::weak_ptr<Wire>> wires_;
  bool exiting_ = false;
  /// The thread may be about to end before the one who starts it has written it down, and while somebody posts.
  std::mutex mutex_;
  std::thread thread_;
  bool ended_ = false;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_IO_THREAD_H_

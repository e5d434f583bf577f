#include "transport/net/io_thread.h"

#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "gapless/error.h"

namespace gapless::net {

IoThread::IoThread() : context_(1), wanted_(boost::asio::make_work_guard(context_)) {}

std::shared_ptr<IoThread> IoThread::Start() {
  const std::shared_ptr<IoThread> self(new IoThread());
  if (!Reaper::Get().Admit(self)) {
    throw Error(Errc::kConnectFailed, "no connection is made while the process exits");
  }
  try {
    const std::lock_guard<std::mutex> lock(self->mutex_);
    self->thread_ = std::thread([raw = self.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    Reaper::Get().Release(self.get());
    throw Error(Errc::kConnectFailed, std::string("no thread could be started for the connection: ") + error.what());
  }
  return self;
}

// The reaper keeps it alive until it has joined the thread.
void IoThread::Run() {
  context_.run();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  // What was posted in between.
  context_.restart();
  context_.run();
  Reaper::Get().Post([this] {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      thread_.join();
    }
    Reaper::Get().Release(this);
  });
}

bool IoThread::Post(std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return false;
  boost::asio::post(context_, std::move(task));
  return true;
}

void IoThread::Watch(std::weak_ptr<Wire> wire) {
  if (exiting_) {
    if (const auto late = wire.lock()) late->Cut();
    return;
  }
  std::erase_if(wires_, [](const std::weak_ptr<Wire>& other) { return other.expired(); });
  wires_.push_back(std::move(wire));
}

void IoThread::Retire() {
  boost::asio::post(context_, [this] { wanted_.reset(); });
}

void IoThread::End() {
  boost::asio::post(context_, [this] {
    wanted_.reset();
    exiting_ = true;
    for (const std::weak_ptr<Wire>& watched : wires_) {
      if (const auto wire = watched.lock()) wire->Cut();
    }
  });
}

}  // namespace gapless::net

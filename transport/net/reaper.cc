#include "transport/net/reaper.h"

#include <openssl/ssl.h>
#include <pplx/pplxtasks.h>

#include <utility>

namespace gapless::net {

// What is destroyed at exit is destroyed in reverse order of its making: what the mortals live on must be there before
// the guard, so that it still is when the guard does its work.

Reaper& Reaper::Get() {
  struct Guard {
    Reaper* reaper = [] {
      OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
      return new Reaper();
    }();
    ~Guard() { reaper->EndAll(); }
  };
  static Reaper* const reaper = [] {
    static Guard guard;
    return guard.reaper;
  }();
  return *reaper;
}

Reaper& Reaper::GetOverCpprest() {
  struct Guard {
    Reaper& reaper = [&]() -> Reaper& {
      pplx::create_task([] {}).wait();
      return Get();
    }();
    ~Guard() { reaper.EndAll(); }
  };
  static Guard guard;
  return guard.reaper;
}

Reaper::Reaper() : thread_([this] { Run(); }) {}

bool Reaper::Admit(std::shared_ptr<Mortal> mortal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (exiting_) return false;
  const Mortal* key = mortal.get();
  alive_.emplace(key, std::move(mortal));
  return true;
}

void Reaper::Release(const Mortal* mortal) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto found = alive_.find(mortal);
  if (found == alive_.end()) return;
  std::shared_ptr<Mortal> released = std::move(found->second);
  // It counts until it is destroyed, which needs the lock to be free.
  lock.unlock();
  released.reset();
  lock.lock();
  alive_.erase(mortal);
  if (alive_.empty()) changed_.notify_all();
}

void Reaper::Immure(const Mortal* mortal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = alive_.find(mortal);
  if (found == alive_.end()) return;
  immured_.push_back(std::move(found->second));
  alive_.erase(found);
  if (alive_.empty()) changed_.notify_all();
}

void Reaper::Post(std::function<void()> task, std::chrono::milliseconds delay) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tasks_.emplace(std::chrono::steady_clock::now() + delay, std::move(task));
  changed_.notify_all();
}

bool Reaper::WaitUntilEmpty(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return alive_.empty(); });
}

void Reaper::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto when = tasks_.begin()->first;
    if (std::chrono::steady_clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    {
      const auto task = std::move(tasks_.extract(tasks_.begin()).mapped());
      lock.unlock();
      task();
    }
    lock.lock();
  }
}

void Reaper::EndAll() {
  std::vector<std::shared_ptr<Mortal>> ending;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(exiting_, true)) return;
    for (const auto& [key, mortal] : alive_) {
      if (mortal) ending.push_back(mortal);  // Not one that is just being released.
    }
  }
  for (const auto& mortal : ending) mortal->End();
  ending.clear();
  const bool empty = WaitUntilEmpty(kExitPatience);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  // A thread that is stuck in a destructor must not hold up the exit.
  if (empty) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace gapless::net

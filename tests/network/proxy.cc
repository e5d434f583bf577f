#include "tests/network/proxy.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

namespace gapless::test {

using Tcp = boost::asio::ip::tcp;

Proxy::Proxy(std::uint16_t server_port, std::uint64_t seed)
    : acceptor_(io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      server_(boost::asio::ip::address_v4::loopback(), server_port),
      plan_(seed) {
  Accept();
  thread_ = std::thread([this] { io_.run(); });
}

Proxy::~Proxy() {
  OnThread([this] {
    acceptor_.close();
    for (const std::weak_ptr<Link>& weak : links_) {
      if (const auto link = weak.lock()) link->Reset();
    }
  });
  thread_.join();
}

void Proxy::Accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      Link::Fate& fate = *this;
      const auto link = std::make_shared<Link>(std::move(socket), server_, fate);
      links_.erase(std::remove_if(links_.begin(), links_.end(), [](const auto& weak) { return weak.expired(); }),
                   links_.end());
      links_.push_back(link);
      link->Start();
    }
    Accept();
  });
}

void Proxy::OnThread(const std::function<void()>& task) {
  std::promise<void> done;
  boost::asio::post(io_, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Proxy::Heal() {
  OnThread([this] {
    faulty_ = false;
    for (const std::weak_ptr<Link>& weak : links_) {
      if (const auto link = weak.lock()) link->Heal();
    }
  });
}

void Proxy::Worsen() {
  OnThread([this] {
    faulty_ = true;
    for (const std::weak_ptr<Link>& weak : links_) {
      if (const auto link = weak.lock()) link->Reset();
    }
  });
}

Fault Proxy::Draw(Purpose purpose) { return faulty_ ? plan_.Next(purpose) : Fault{}; }

void Proxy::OnStruck(Purpose purpose, FaultKind kind) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++faults_;
  ++counts_.at(static_cast<std::size_t>(purpose)).at(static_cast<std::size_t>(kind));
  changed_.notify_all();
}

bool Proxy::WaitForFaults(std::size_t count, std::chrono::seconds patience) const {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return faults_ >= count; });
}

bool Proxy::WaitForEachFault(std::chrono::seconds patience) const {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [this] {
    for (std::size_t purpose = 0; purpose < kPurposes; ++purpose) {
      for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
        const bool meets = CanMeet(static_cast<Purpose>(purpose), static_cast<FaultKind>(kind));
        if (meets && counts_[purpose][kind] == 0) return false;
      }
    }
    return true;
  });
}

std::size_t Proxy::faults() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return faults_;
}

Proxy::Counts Proxy::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

}  // namespace gapless::test

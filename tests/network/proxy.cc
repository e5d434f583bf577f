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

std::string Proxy::url() const {
  return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/connection/websocket";
}

void Proxy::Accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      const auto link = std::make_shared<Link>(std::move(socket), faulty_ ? plan_.Next() : Fault{},
                                               [this](FaultKind kind) { OnStruck(kind); });
      links_.erase(std::remove_if(links_.begin(), links_.end(), [](const auto& weak) { return weak.expired(); }),
                   links_.end());
      links_.push_back(link);
      link->Start(server_);
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

void Proxy::OnStruck(FaultKind kind) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++faults_;
  ++counts_.at(static_cast<std::size_t>(kind));
  changed_.notify_all();
}

bool Proxy::WaitForFaults(std::size_t count, std::chrono::seconds patience) const {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return faults_ >= count; });
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

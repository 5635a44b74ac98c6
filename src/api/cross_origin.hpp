#pragma once
// Cross-origin resource sharing (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): which pages of other origins
// may read the answers of the API in a browser. The API has no cookies, so a page needs a token in any case.

#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.hpp"

namespace faasta::api {

/// The origins whose pages may use the API, such as "https://play.example.com". Each is in lower case.
class CrossOrigins {
 public:
  explicit CrossOrigins(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  /// Returns the listed origin of the page that sent the request. Empty if there is none.
  [[nodiscard]] std::string_view of(const http::Exchange& exchange) const;
  /// Whether the request is a browser's question whether a page of a listed origin may send a request. Answers it.
  [[nodiscard]] bool answers_preflight(http::Exchange& exchange) const;

 private:
  std::vector<std::string> origins_;
};

/// An exchange whose answer a page of `origin` may read: adds fields to the head, and passes everything else on.
class CrossOriginExchange final : public http::Exchange {
 public:
  CrossOriginExchange(http::Exchange& inner, std::string_view origin) : inner_(inner), origin_(origin) {}

  [[nodiscard]] const http::RequestHead& request() const override { return inner_.request(); }
  [[nodiscard]] const http::Client& client() const override { return inner_.client(); }
  [[nodiscard]] std::string_view request_id() const override { return inner_.request_id(); }
  [[nodiscard]] SteadyTime received() const override { return inner_.received(); }
  void limit_body(std::uint64_t most) override { inner_.limit_body(most); }
  void accept_body() override { inner_.accept_body(); }
  [[nodiscard]] http::BodyPart body() override { return inner_.body(); }
  void head(std::uint16_t status, std::span<const FieldView> fields) override;
  void data(std::string_view bytes) override { inner_.data(bytes); }
  void finish(std::span<const FieldView> trailers) override { inner_.finish(trailers); }
  void abort() override { inner_.abort(); }
  [[nodiscard]] bool take_back() override { return inner_.take_back(); }
  [[nodiscard]] bool head_sent() const override { return inner_.head_sent(); }
  [[nodiscard]] bool ended() const override { return inner_.ended(); }
  [[nodiscard]] bool aborted() const override { return inner_.aborted(); }
  [[nodiscard]] std::size_t queued() const override { return inner_.queued(); }
  [[nodiscard]] std::size_t room() const override { return inner_.room(); }
  [[nodiscard]] std::uint64_t body_bytes_sent() const override { return inner_.body_bytes_sent(); }
  [[nodiscard]] Task<bool> flush() override { return inner_.flush(); }
  void flush_soon() override { inner_.flush_soon(); }
  [[nodiscard]] Task<> wait() override { return inner_.wait(); }
  [[nodiscard]] http::RunQueue& run_queue() override { return inner_.run_queue(); }
  [[nodiscard]] Task<> wait_turn(OwnerId owner, http::RunQueue::Line line) override {
    return inner_.wait_turn(owner, line);
  }
  [[nodiscard]] WakeRef<> waker() override { return inner_.waker(); }
  [[nodiscard]] std::unique_ptr<http::LoopWaiter> outlive() override { return inner_.outlive(); }
  [[nodiscard]] bool client_gone() const override { return inner_.client_gone(); }
  [[nodiscard]] bool draining() const override { return inner_.draining(); }
  void set_deadline(SteadyTime deadline) override { inner_.set_deadline(deadline); }
  [[nodiscard]] bool deadline_passed() const override { return inner_.deadline_passed(); }

 private:
  http::Exchange& inner_;
  std::string_view origin_;
};

}  // namespace faasta::api

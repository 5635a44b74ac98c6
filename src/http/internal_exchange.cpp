#include "http/internal_exchange.hpp"

#include "http/request_origin.hpp"

namespace faasta::http {

InternalExchange::InternalExchange(std::unique_ptr<LoopWaiter> waiter, Asked asked)
    : waiter_(std::move(waiter)), asked_(std::move(asked)) {
  head_.method = asked_.method;
  head_.target = asked_.target;
  head_.host = asked_.host;
  head_.fields.push_back({"host", asked_.host});
  for (const Field& field : asked_.fields) head_.fields.push_back({field.name, field.value});
  client_ = client_at(asio::ip::address_v4::loopback());
  client_.scheme = asked_.scheme;
  request_id_ = choose_request_id({});
}

void InternalExchange::head(std::uint16_t status, std::span<const FieldView> fields) {
  status_ = status;
  content_ = ContentCount(write_fields(status, fields, asked_.method == "HEAD", [](auto, auto) {}));
}

void InternalExchange::data(std::string_view bytes) {
  if (!ended() && !content_.add(bytes.size())) abort();
}

void InternalExchange::finish(std::span<const FieldView> /*trailers*/) {
  if (ended()) return;
  if (!content_.is_whole()) return abort();
  finished_ = true;
}

bool InternalExchange::take_back() {
  status_ = 0;
  finished_ = aborted_ = false;
  content_ = {};
  return true;
}

Task<bool> InternalExchange::flush() { co_return !client_gone() && !deadline_passed(); }

}  // namespace faasta::http

#pragma once

#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The request fields that a guest gets: the client's end-to-end fields, and fields that name the client. Cookies of
/// the server itself are left out: browsers send them to each port of a host, and to a function at the base domain. A
/// client cannot set the fields that name the client (product contract, section 8.7). The fields are views into the
/// exchange and into this object.
class GuestFields {
 public:
  /// `ours`: further fields of the platform; the views must live longer than this object. `hides_token`: the guest does
  /// not get the field `authorization`. `traceparent`: replaces the client's field; empty: the client's field stays.
  explicit GuestFields(const http::Exchange& exchange, std::span<const FieldView> ours = {}, bool hides_token = false,
                       std::string_view traceparent = {});
  GuestFields(const GuestFields&) = delete;
  GuestFields& operator=(const GuestFields&) = delete;
  ~GuestFields() = default;

  [[nodiscard]] const std::vector<FieldView>& views() const noexcept { return views_; }

 private:
  std::string forwarded_;
  std::forward_list<std::string> cookies_;  ///< values of cookie fields that were changed
  std::vector<FieldView> views_;
};

}  // namespace faasta::gateway

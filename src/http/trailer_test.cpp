#include "http/trailer.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

TEST(MayBeTrailer, KeepsWhatSaysSomethingOfTheContent) {
  for (const std::string_view name : {"x-sum", "etag", "digest", "server-timing", "grpc-status", "x-a", "a", "iffy"})
    EXPECT_TRUE(may_be_trailer(name)) << name;
}

TEST(MayBeTrailer, LeavesOutWhatARecipientNeedsBefore) {
  for (const std::string_view name : {"content-length",
                                      "Transfer-Encoding",
                                      "host",
                                      "trailer",
                                      "TE",
                                      "content-type",
                                      "content-encoding",
                                      "content-range",
                                      "authorization",
                                      "cookie",
                                      "Set-Cookie",
                                      "cache-control",
                                      "expires",
                                      "date",
                                      "age",
                                      "location",
                                      "retry-after",
                                      "vary",
                                      "range",
                                      "expect",
                                      "if-match",
                                      "accept-encoding",
                                      "x-forwarded-for",
                                      "forwarded",
                                      "x-request-id",
                                      "connection",
                                      "upgrade",
                                      "access-control-allow-origin"})
    EXPECT_FALSE(may_be_trailer(name)) << name;
}

}  // namespace
}  // namespace faasta::http

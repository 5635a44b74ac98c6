#include "http/http1/response_writer.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

struct Written {
  std::string out;
  ResponseWriter writer;
  explicit Written(ResponseWriter::Options options) : writer(out, options) {}
};

TEST(ResponseWriter, LeavesOutWhatBelongsToTheConnection) {
  Written w({});
  const FieldView fields[] = {
      {"connection", "upgrade"}, {"Transfer-Encoding", "gzip"}, {"keep-alive", "1"}, {"x-a", "b"}, {"date", "now"}};
  w.writer.head(200, fields, "id");
  EXPECT_EQ(w.out, "HTTP/1.1 200 OK\r\nx-a: b\r\ndate: now\r\ntransfer-encoding: chunked\r\nx-request-id: id\r\n\r\n");
}

TEST(ResponseWriter, HoldsTheHandlerToItsContentLength) {
  const FieldView fields[] = {{"content-length", "3"}};
  Written exact({});
  exact.writer.head(200, fields, "id");
  EXPECT_TRUE(exact.writer.data("abc") && exact.writer.finish({}));
  Written more({});
  more.writer.head(200, fields, "id");
  EXPECT_FALSE(more.writer.data("abcd"));
  Written less({});
  less.writer.head(200, fields, "id");
  EXPECT_TRUE(less.writer.data("ab"));
  EXPECT_FALSE(less.writer.finish({}));
}

TEST(ResponseWriter, SendsTrailersOnlyToWhoTakesThem) {
  const FieldView trailers[] = {{"x-sum", "1"}};
  for (const bool takes : {false, true}) {
    Written w({.head_request = false, .keep_alive = true, .takes_trailers = takes, .minor_version = 1});
    w.writer.head(200, {}, "id");
    w.out.clear();
    EXPECT_TRUE(w.writer.data("a") && w.writer.finish(trailers));
    EXPECT_EQ(w.out, takes ? "1\r\na\r\n0\r\nx-sum: 1\r\n\r\n" : "1\r\na\r\n0\r\n\r\n");
  }
}

TEST(ResponseWriter, GivesNoBodyWhereThereIsNone) {
  const FieldView fields[] = {{"content-length", "3"}};
  Written head({.head_request = true, .keep_alive = true, .takes_trailers = false, .minor_version = 1});
  head.writer.head(200, fields, "id");
  EXPECT_NE(head.out.find("content-length: 3"), std::string::npos);
  const std::size_t size = head.out.size();
  EXPECT_TRUE(head.writer.data("abc") && head.writer.finish({}));
  EXPECT_EQ(head.out.size(), size);
  Written none({});
  none.writer.head(204, fields, "id");
  EXPECT_EQ(none.out.find("content-length"), std::string::npos);
  EXPECT_EQ(none.out.find("transfer-encoding"), std::string::npos);
}

TEST(ResponseWriter, SaysThatA205HasNoContent) {
  const FieldView fields[] = {{"content-length", "3"}};
  Written w({});
  w.writer.head(205, fields, "id");
  EXPECT_NE(w.out.find("content-length: 0\r\n"), std::string::npos);
  EXPECT_EQ(w.out.find("content-length: 3"), std::string::npos);
  EXPECT_TRUE(w.writer.data("abc") && w.writer.finish({}));
  EXPECT_TRUE(w.out.ends_with("\r\n\r\n"));
}

TEST(ResponseWriter, LeavesOutTrailersThatMustNotBe) {
  const FieldView trailers[] = {{"Set-Cookie", "a=b; Domain=localhost"},
                                {"content-length", "3"},
                                {"x-sum", "1"},
                                {"location", "/"},
                                {"connection", "x"},
                                {"etag", "\"a\""}};
  Written w({.head_request = false, .keep_alive = true, .takes_trailers = true, .minor_version = 1});
  w.writer.head(200, {}, "id");
  w.out.clear();
  EXPECT_TRUE(w.writer.finish(trailers));
  EXPECT_EQ(w.out, "0\r\nx-sum: 1\r\netag: \"a\"\r\n\r\n");
}

TEST(ResponseWriter, AnnouncesACloseInAHeadThatIsQueued) {
  Written w({});
  w.out = "the answer before";
  const FieldView fields[] = {{"content-length", "3"}, {"date", "now"}};
  w.writer.head(200, fields, "id");
  EXPECT_TRUE(w.writer.data("abc") && w.writer.finish({}));
  w.writer.announce_close();
  w.writer.announce_close();  // a second call must change nothing
  EXPECT_FALSE(w.writer.keep_alive());
  EXPECT_EQ(w.out,
            "the answer beforeHTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 3\r\nx-request-id: id\r\n"
            "connection: close\r\n\r\nabc");
}

TEST(ResponseWriter, EndsHttp10WithTheConnection) {
  Written w({.head_request = false, .keep_alive = false, .takes_trailers = false, .minor_version = 0});
  w.writer.head(200, {}, "id");
  EXPECT_TRUE(w.writer.ends_with_connection());
  EXPECT_FALSE(w.writer.keep_alive());
}

}  // namespace
}  // namespace faasta::http

#include "api/form_data.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace faasta::api {
namespace {

using Kind = FormData::Piece::Kind;

/// Reads a form in slices of `size` bytes. Returns "NAME=CONTENT" for each part, "end" at the end, or the error.
std::vector<std::string> read(std::string_view body, std::size_t size, std::string_view boundary = "B") {
  auto form = FormData::begin("multipart/form-data; boundary=" + std::string(boundary));
  if (!form) return {form.error().detail};
  std::vector<std::string> out;
  while (!body.empty()) {
    std::string_view slice = body.substr(0, size);
    body.remove_prefix(slice.size());
    for (;;) {
      const auto piece = form->next(slice);
      if (!piece) return {"error"};
      if (piece->kind == Kind::need_bytes) break;
      if (piece->kind == Kind::part) out.push_back(std::string(piece->text) + "=");
      if (piece->kind == Kind::data) out.back() += piece->text;
      if (piece->kind == Kind::end) {
        out.emplace_back("end");
        break;
      }
    }
    if (!out.empty() && out.back() == "end") break;
  }
  return out;
}

const std::string kSettings = "--B\r\nContent-Disposition: form-data; name=\"settings\"\r\n\r\n{}\r\n";
const std::string kComponent =
    "--B\r\ncontent-type: application/wasm\r\ncontent-disposition: form-data; filename=x; name=component\r\n\r\n";

TEST(FormData, ReadsPartsInSlicesOfAnySize) {
  // The content has beginnings of the delimiter.
  const std::string content = "\r\r\n\r\n-\r\n--\r\n--A\r\n--\r";
  const std::string body = kSettings + kComponent + content + "\r\n--B--\r\nignored";
  const std::vector<std::string> expected = {"settings={}", "component=" + content, "end"};
  for (std::size_t size = 1; size <= body.size(); ++size) EXPECT_EQ(read(body, size), expected) << size;
}

TEST(FormData, AnEmptyPartAndAFormWithoutEnd) {
  EXPECT_EQ(read(kComponent + "\r\n--B--", 1000), (std::vector<std::string>{"component=", "end"}));
  EXPECT_EQ(read(kSettings, 1000), (std::vector<std::string>{"settings={}"}));
}

TEST(FormData, ABoundaryMayBeQuoted) {
  auto form = FormData::begin("multipart/form-data; charset=utf-8; Boundary=\"a b\"");
  ASSERT_TRUE(form);
  std::string_view body = "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\n";
  EXPECT_EQ(form->next(body)->kind, Kind::part);
}

TEST(FormData, RefusesWhatIsNoForm) {
  for (const std::string& body :
       {std::string("x--B\r\n"), std::string("--Bxx"), std::string("--B--"), std::string("--B\r\nx: y\r\n\r\n"),
        std::string("--B\r\ncontent-disposition: form-data\r\n\r\n"), "--B\r\n" + std::string(5000, 'x')})
    EXPECT_EQ(read(body, 7), std::vector<std::string>{"error"}) << body.substr(0, 50);
  for (const char* const type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a\\\"\""})
    EXPECT_EQ(FormData::begin(type).error().code, Code::bad_request) << type;
  EXPECT_FALSE(FormData::begin("multipart/form-data; boundary=" + std::string(71, 'a')));
}

// Each piece of a deploy is written by another thread.
TEST(FormData, OnlyADelimiterEndsAPiece) {
  auto form = FormData::begin("multipart/form-data; boundary=B");
  ASSERT_TRUE(form);
  std::string body = kComponent;
  for (int i = 0; i < 1000; ++i) body += "a\rb\r\n--\r\n-c";
  std::string_view bytes = body;
  int pieces = 0;
  for (auto piece = form->next(bytes); piece->kind != Kind::need_bytes; piece = form->next(bytes))
    pieces += piece->kind == Kind::data ? 1 : 0;
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace faasta::api

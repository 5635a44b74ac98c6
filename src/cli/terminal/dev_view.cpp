#include "cli/terminal/dev_view.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {

void DevView::show(const boost::json::object* request, const std::vector<boost::json::object>& lines) {
  if (output_.json()) {
    boost::json::array texts;
    for (const auto& line : lines)
      texts.push_back(boost::json::object{{"kind", text_field(line, "kind")}, {"text", text_field(line, "text")}});
    boost::json::object out = request == nullptr ? boost::json::object() : *request;
    out["event"] = "request";
    out["lines"] = std::move(texts);
    output_.object(out);
    return;
  }
  // The renderer needs the lines first: it repeats the message of a panic in the line of the request.
  std::string below;
  for (const auto& line : lines) {
    if (!renderer_.render(line)) continue;
    below += fmt::format("             | {} {}\n", printable_line(text_field(line, "kind")),
                         printable_line(text_field(line, "text")));
  }
  std::string text = request == nullptr ? "" : renderer_.call_line(*request) + "\n";
  text += below;
  if (text.ends_with('\n')) text.pop_back();
  if (!text.empty()) output_.note(text);
}

}  // namespace faasta::cli

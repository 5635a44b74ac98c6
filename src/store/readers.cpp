#include "store/readers.hpp"

namespace faasta::store {

Result<std::unique_ptr<Readers>> Readers::open(Open open_one, std::size_t count) {
  std::unique_ptr<Readers> out(new Readers(std::move(open_one)));
  out->idle_.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(auto reader, out->open_one_());
    out->idle_.push_back(std::move(reader));
  }
  return out;
}

Result<std::unique_ptr<Database>> Readers::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      // Takes the connection that was used last, because its pages are most likely in a CPU cache.
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return open_one_();
}

void Readers::put_back(std::unique_ptr<Database> reader) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(reader));
}

}  // namespace faasta::store

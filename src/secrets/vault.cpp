#include "secrets/vault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/base64.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::secrets {
namespace {

/// A key that is not in the file is looked for again after this time. Otherwise each call of a function whose key is
/// lost would read the file.
constexpr std::chrono::seconds kReadAgain{1};
constexpr std::uint32_t kSlice = 100;  ///< values in one transaction of a rotation

void append_number(std::string& to, std::uint64_t number, int bytes) {
  for (int at = bytes - 1; at >= 0; --at) to.push_back(static_cast<char>((number >> (8 * at)) & 0xFFU));
}

void append_text(std::string& to, std::string_view text) {
  append_number(to, text.size(), 2);
  to += text;
}

/// Says whose value it is. A value that was moved to another row of the catalog cannot be opened.
std::string context_of(OwnerId owner, std::string_view function, std::string_view name, std::uint32_t generation) {
  std::string out = "faasta-secret-1";
  out.push_back('\0');
  append_number(out, static_cast<std::uint64_t>(owner), 8);
  append_number(out, generation, 4);
  append_text(out, function);
  append_text(out, name);
  return out;
}

std::unexpected<Error> unusable(std::string_view name, std::string_view why) {
  return fail(Code::secrets_unusable, fmt::format("the secret {}: {}", name, why));
}

/// A stored value whose key is known.
struct Ready {
  const store::SealedSecret* row;
  const Key* key;
  std::string sealed;
  std::string context;
};

Result<Ready> ready(const store::SealedSecret& row, const Keys& keys, OwnerId owner, std::string_view function) {
  auto sealed = parse_base64(row.sealed);
  if (!sealed) return unusable(row.name, "the stored value is damaged");
  const Key* const key = keys.find(row.key);
  if (key == nullptr) return unusable(row.name, fmt::format("the key {} is not in the file of keys", row.key));
  return Ready{&row, key, *std::move(sealed), context_of(owner, function, row.name, row.generation)};
}

/// Opens a value, and seals it by `key` for `context`. Returns it in base64.
Result<std::string> seal_again(const Ready& value, const Key& key, std::string_view context) {
  const LockedMemory memory(opened_size(value.sealed));
  if (!secrets::open(*value.key, value.context, value.sealed, memory.bytes()))
    return unusable(value.row->name, "the stored value was changed, or belongs to another function");
  const std::span<char> bytes = memory.bytes();
  return base64(seal(key, context, {bytes.data(), bytes.size()}));
}

/// Whether the settings name the secret.
bool is_named(const FunctionSettings& settings, std::string_view name) {
  return std::ranges::find(settings.required_secrets, name) != settings.required_secrets.end() ||
         std::ranges::find(settings.optional_secrets, name) != settings.optional_secrets.end();
}

}  // namespace

Result<Vault::Shared> Vault::read_keys(bool make) {
  const std::scoped_lock lock(mutex_);
  std::error_code error;
  if (make && makes_key_ && !std::filesystem::exists(key_file_, error)) RETURN_IF_ERROR(Keys::create(key_file_));
  ASSIGN_OR_RETURN(auto keys, Keys::read(key_file_));
  keys_ = std::make_shared<const Keys>(std::move(keys));
  return keys_;
}

Result<Vault::Shared> Vault::keys_with(std::string_view id) {
  {
    const std::scoped_lock lock(mutex_);
    const bool known = keys_ && keys_->find(id) != nullptr;
    if (known) return keys_;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (id == lost_ && now - looked_ < kReadAgain)
      return fail(Code::secrets_unusable, fmt::format("the key {} is not in {}", id, key_file_.string()));
    lost_ = id;
    looked_ = now;
  }
  return read_keys(false);
}

Result<std::vector<store::SecretRecord>> Vault::set(const Actor& actor, const FunctionName& function,
                                                    const Variables& values, const store::Quota& defaults) {
  RETURN_IF_ERROR(check_variables(values));
  // The file is read inside of the transaction: rotate() writes the new key before its first transaction, and removes
  // the old keys after its last one. So no value can be sealed by a key that is removed.
  Shared keys;
  const auto seal_one = [&](std::string_view name, std::uint32_t generation,
                            std::string_view value) -> Result<store::SealedSecret> {
    if (!keys) {
      ASSIGN_OR_RETURN(keys, read_keys(true));
    }
    const std::string context = context_of(actor.owner, function.str(), name, generation);
    return store::SealedSecret{std::string(name), generation, keys->current().id,
                               base64(seal(keys->current(), context, value))};
  };
  return store_.set(actor, function, values, defaults, seal_one);
}

Result<std::vector<std::string>> Vault::missing(OwnerId owner, const FunctionName& function,
                                                const FunctionSettings& settings) {
  std::vector<std::string> out;
  if (settings.required_secrets.empty()) return out;
  ASSIGN_OR_RETURN(const auto there, store_.list(owner, function));
  for (const std::string& name : settings.required_secrets)
    if (std::ranges::find(there, name, &store::SecretRecord::name) == there.end()) out.push_back(name);
  return out;
}

Result<Opened> Vault::open(OwnerId owner, std::string_view function, const FunctionSettings& settings) {
  Opened out;
  if (settings.required_secrets.empty() && settings.optional_secrets.empty()) return out;
  ASSIGN_OR_RETURN(auto rows, store_.sealed(owner, function));
  std::erase_if(rows, [&](const store::SealedSecret& row) { return !is_named(settings, row.name); });
  for (const std::string& name : settings.required_secrets)
    if (std::ranges::find(rows, name, &store::SealedSecret::name) == rows.end()) return unusable(name, "it is not set");

  std::vector<Shared> held;  // keeps the keys to which `values` point
  std::vector<Ready> values;
  std::size_t size = 0;
  for (const store::SealedSecret& row : rows) {
    ASSIGN_OR_RETURN(const Shared keys, keys_with(row.key));
    ASSIGN_OR_RETURN(auto value, ready(row, *keys, owner, function));
    held.push_back(keys);
    size += opened_size(value.sealed);
    values.push_back(std::move(value));
  }
  out.memory = LockedMemory(size);
  std::span<char> rest = out.memory.bytes();
  for (const Ready& value : values) {
    const std::span<char> place = rest.first(opened_size(value.sealed));
    rest = rest.subspan(place.size());
    if (!secrets::open(*value.key, value.context, value.sealed, place))
      return unusable(value.row->name, "the stored value was changed, or belongs to another function");
    out.secrets.push_back({value.row->name, {place.data(), place.size()}});
  }
  return out;
}

Result<store::SealedSecret> Vault::seal_for(OwnerId to, OwnerId from, const FunctionName& function,
                                            const store::SealedSecret& secret) {
  ASSIGN_OR_RETURN(const Shared keys, read_keys(false));
  ASSIGN_OR_RETURN(const Ready value, ready(secret, *keys, from, function.str()));
  const Key& current = keys->current();
  store::SealedSecret out = secret;
  out.key = current.id;
  ASSIGN_OR_RETURN(out.sealed,
                   seal_again(value, current, context_of(to, function.str(), secret.name, secret.generation)));
  return out;
}

Result<Vault::Rotation> Vault::rotate() {
  // The file must have the keys of all stored values before a new key is written. Otherwise the file would have a key
  // that opens no value, and backups would copy this file.
  ASSIGN_OR_RETURN(const auto used, store_.keys());
  ASSIGN_OR_RETURN(Shared keys, read_keys(used.empty()));
  for (const std::string& id : used)
    if (keys->find(id) == nullptr)
      return fail(Code::secrets_unusable,
                  fmt::format("the key {}, which has sealed stored values, is not in {}", id, key_file_.string()));
  // More than one key: a rotation was interrupted. It goes on.
  if (keys->all().size() == 1) {
    std::vector<Key> both = {Keys::random(), keys->current()};
    RETURN_IF_ERROR(Keys::write(key_file_, both));
    ASSIGN_OR_RETURN(keys, read_keys(false));
  }
  const Key& current = keys->current();
  const auto again = [&](const store::SealedPlace& place) -> Result<store::SealedSecret> {
    const auto owner = static_cast<OwnerId>(place.owner);
    ASSIGN_OR_RETURN(const Ready value, ready(place.secret, *keys, owner, place.function));
    store::SealedSecret out = place.secret;
    out.key = current.id;
    ASSIGN_OR_RETURN(out.sealed, seal_again(value, current, value.context));
    return out;
  };
  Rotation out{current.id, 0};
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t done, store_.reseal(current.id, kSlice, again));
    out.values += done;
    if (done < kSlice) break;
  }
  RETURN_IF_ERROR(Keys::write(key_file_, {current}));
  RETURN_IF_ERROR(store_.note_rotation(current.id));
  return out;
}

}  // namespace faasta::secrets

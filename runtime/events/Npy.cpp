#include "runtime/events/Npy.h"

#include "runtime/events/Bytes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

using namespace limen;
using namespace limen::events;

static constexpr std::string_view magic = "\x93NUMPY";

bool events::isNpy(std::string_view bytes) { return bytes.starts_with(magic); }

namespace {

/// Reads the Python literal of a header: only what numpy writes there.
class Literal {
public:
  explicit Literal(std::string_view text) : text(text) {}

  bool take(char c) {
    skip();
    if (at >= text.size() || text[at] != c)
      return false;
    ++at;
    return true;
  }
  bool peek(char c) {
    skip();
    return at < text.size() && text[at] == c;
  }
  std::optional<std::string> string() {
    skip();
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"'))
      return std::nullopt;
    const size_t end = text.find(text[at], at + 1);
    if (end == text.npos)
      return std::nullopt;
    std::string value(text.substr(at + 1, end - at - 1));
    at = end + 1;
    return value;
  }
  bool word(std::string_view wanted) {
    skip();
    if (!text.substr(at).starts_with(wanted))
      return false;
    at += wanted.size();
    return true;
  }
  std::optional<int64_t> integer() {
    skip();
    int64_t value = 0;
    auto [end, code] =
        std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (code != std::errc())
      return std::nullopt;
    at = static_cast<size_t>(end - text.data());
    return value;
  }
  size_t position() const { return at; }

private:
  void skip() {
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\n' || text[at] == '\t'))
      ++at;
  }
  std::string_view text;
  size_t at = 0;
};

std::optional<npy::Type> parseType(std::string_view text) {
  if (text.size() != 3)
    return std::nullopt;
  const char order = text[0], kind = text[1];
  const int bytes = text[2] - '0';
  const bool whole = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  if ((order != '<' && order != '>' && order != '|' && order != '=') ||
      !whole ||
      !(kind == 'i' || kind == 'u' || (kind == 'b' && bytes == 1) ||
        (kind == 'f' && bytes >= 2)))
    return std::nullopt;
  return npy::Type{kind, static_cast<uint8_t>(bytes), order == '>'};
}

/// 'descr': a type, or a list of (name, type).
bool parseDescr(Literal &in, npy::Array &out) {
  if (!in.peek('[')) {
    const auto text = in.string();
    const auto type = text ? parseType(*text) : std::nullopt;
    if (!type)
      return false;
    out.fields.push_back({"", *type, 0});
    out.itemBytes = type->bytes;
    return true;
  }
  in.take('[');
  while (!in.take(']')) {
    if (!in.take('('))
      return false;
    const auto name = in.string();
    if (!name || !in.take(','))
      return false;
    const auto text = in.string();
    const auto type = text ? parseType(*text) : std::nullopt;
    if (!type || !in.take(')'))
      return false;
    out.fields.push_back({*name, *type, out.itemBytes});
    out.itemBytes += type->bytes;
    in.take(',');
  }
  return !out.fields.empty();
}

bool parseShape(Literal &in, npy::Array &out) {
  if (!in.take('('))
    return false;
  while (!in.take(')')) {
    const auto extent = in.integer();
    if (!extent || *extent < 0)
      return false;
    out.shape.push_back(*extent);
    in.take(',');
  }
  return true;
}

bool parseDictionary(Literal &in, npy::Array &out) {
  bool descr = false, order = false, shape = false;
  if (!in.take('{'))
    return false;
  while (!in.take('}')) {
    const auto key = in.string();
    if (!key || !in.take(':'))
      return false;
    if (*key == "descr" && !descr)
      descr = parseDescr(in, out);
    else if (*key == "fortran_order" && !order) {
      out.fortran = in.word("True");
      order = out.fortran || in.word("False");
    } else if (*key == "shape" && !shape)
      shape = parseShape(in, out);
    else
      return false;
    if (!(*key == "descr" ? descr : *key == "shape" ? shape : order))
      return false;
    in.take(',');
  }
  return descr && order && shape;
}

/// IEEE half precision.
double half(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  const double sign = bits >> 15 ? -1.0 : 1.0;
  if (exponent == 0x1F)
    return fraction ? NAN : sign * INFINITY;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24)
                               : std::ldexp(fraction + 1024, exponent - 25));
}

} // namespace

Result<npy::Array> npy::parse(std::string_view bytes) {
  if (!isNpy(bytes))
    return errorAt(0, "does not begin with '\\x93NUMPY'");
  if (bytes.size() < 12)
    return errorAt(bytes.size(), "ends within its header");
  const auto version = static_cast<uint8_t>(bytes[6]);
  if (version < 1 || version > 3)
    return errorAt(6,
                   fmt::format("is npy version {}; 1 to 3 are read", version));
  const size_t start = version == 1 ? 10 : 12;
  const size_t length = version == 1 ? load<uint16_t>(bytes.data() + 8)
                                     : load<uint32_t>(bytes.data() + 8);
  if (length > bytes.size() - start)
    return errorAt(8, fmt::format("the header claims {} bytes, {} are there",
                                  length, bytes.size() - start));
  Array out;
  Literal in(bytes.substr(start, length));
  if (!parseDictionary(in, out))
    return errorAt(start + in.position(),
                   "the header is not one of numbers: booleans, integers of 1 "
                   "to 8 bytes, floats of 2 to 8, or fields of these were "
                   "wanted");
  out.dataStart = start + length;
  const size_t room = bytes.size() - out.dataStart;
  size_t elements = 1;
  bool empty = false;
  for (int64_t extent : out.shape)
    empty |= extent == 0;
  for (int64_t extent : out.shape)
    if (empty)
      elements = 0;
    else if (static_cast<uint64_t>(extent) > room / elements) {
      return errorAt(out.dataStart, "the shape wants more elements than the "
                                    "file has bytes: it is truncated or "
                                    "damaged");
    } else
      elements *= static_cast<size_t>(extent);
  if (elements > room / out.itemBytes)
    return errorAt(bytes.size(),
                   fmt::format("holds {} of the {} elements that its shape "
                               "wants: it is truncated",
                               room / out.itemBytes, elements));
  out.elements = elements;
  out.trailingBytes = room - elements * out.itemBytes;
  return out;
}

double npy::number(const char *at, const Type &type) {
  char bytes[8];
  std::memcpy(bytes, at, type.bytes);
  if (type.bigEndian)
    std::reverse(bytes, bytes + type.bytes);
  switch (type.kind) {
  case 'f':
    return type.bytes == 2   ? half(load<uint16_t>(bytes))
           : type.bytes == 4 ? static_cast<double>(load<float>(bytes))
                             : load<double>(bytes);
  case 'i':
    return type.bytes == 1   ? load<int8_t>(bytes)
           : type.bytes == 2 ? load<int16_t>(bytes)
           : type.bytes == 4 ? load<int32_t>(bytes)
                             : static_cast<double>(load<int64_t>(bytes));
  case 'b':
    return bytes[0] != 0;
  default:
    return type.bytes == 1   ? load<uint8_t>(bytes)
           : type.bytes == 2 ? load<uint16_t>(bytes)
           : type.bytes == 4 ? load<uint32_t>(bytes)
                             : static_cast<double>(load<uint64_t>(bytes));
  }
}

std::string npy::header(std::string_view descr,
                        const std::vector<int64_t> &shape) {
  std::string dictionary =
      fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': (", descr);
  for (int64_t extent : shape)
    dictionary += fmt::format("{},", extent);
  dictionary += "), }";
  // The elements begin at a multiple of 64 bytes, after a line end.
  const size_t used = magic.size() + 4 + dictionary.size() + 1;
  dictionary.append((64 - used % 64) % 64, ' ');
  dictionary += '\n';
  std::string out(magic);
  out.append({1, 0});
  store(out, static_cast<uint16_t>(dictionary.size()));
  return out + dictionary;
}

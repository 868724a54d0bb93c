#include "runtime/events/Npz.h"

#include "hw-models/base/Files.h"
#include "runtime/events/Bytes.h"

#include <algorithm>
#include <zlib.h>

using namespace limen;
using namespace limen::events;

// After the ZIP file format specification, APPNOTE 6.3: the end record, the
// central directory's headers, the local headers.
static constexpr size_t endBytes = 22, centralBytes = 46, localBytes = 30;
static constexpr std::string_view endMark("PK\5\6", 4),
    centralMark("PK\1\2", 4), localMark("PK\3\4", 4);

/// 64-bit sizes in the extra field of a central header (zip64).
static bool readZip64(std::string_view extra, ZipMember &member,
                      uint64_t &local) {
  constexpr uint32_t large = 0xFFFFFFFF;
  while (extra.size() >= 4) {
    const auto id = load<uint16_t>(extra.data());
    const auto size = load<uint16_t>(extra.data() + 2);
    if (size > extra.size() - 4)
      return false;
    if (id == 1) {
      std::string_view rest = extra.substr(4, size);
      for (uint64_t *value : {&member.size, &member.packed, &local})
        if (*value == large) {
          if (rest.size() < 8)
            return false;
          *value = load<uint64_t>(rest.data());
          rest.remove_prefix(8);
        }
      return true;
    }
    extra.remove_prefix(4 + size);
  }
  return true;
}

Result<std::vector<ZipMember>> events::zipMembers(std::string_view archive) {
  const size_t end = archive.rfind(endMark);
  if (end == archive.npos || archive.size() - end < endBytes)
    return Error("is not a zip archive: it has no end record");
  const auto count = load<uint16_t>(archive.data() + end + 10);
  size_t at = load<uint32_t>(archive.data() + end + 16);
  std::vector<ZipMember> members;
  for (unsigned k = 0; k < count; ++k) {
    if (at > end || end - at < centralBytes ||
        archive.substr(at, 4) != centralMark)
      return errorAt(at, fmt::format("entry {} of {} of the archive's "
                                     "directory is damaged",
                                     k, count));
    const char *header = archive.data() + at;
    const size_t name = load<uint16_t>(header + 28),
                 extra = load<uint16_t>(header + 30),
                 comment = load<uint16_t>(header + 32);
    if (end - at - centralBytes < name + extra + comment)
      return errorAt(at, "an entry of the archive's directory is damaged");
    ZipMember member;
    member.name = archive.substr(at + centralBytes, name);
    if (load<uint16_t>(header + 8) & 1)
      return errorAt(at, fmt::format("'{}' is encrypted", member.name));
    member.method = load<uint16_t>(header + 10);
    member.crc = load<uint32_t>(header + 16);
    member.packed = load<uint32_t>(header + 20);
    member.size = load<uint32_t>(header + 24);
    uint64_t local = load<uint32_t>(header + 42);
    if (!readZip64(archive.substr(at + centralBytes + name, extra), member,
                   local))
      return errorAt(at,
                     fmt::format("the sizes of '{}' are damaged", member.name));
    if (local > archive.size() || archive.size() - local < localBytes ||
        archive.substr(local, 4) != localMark)
      return errorAt(
          at, fmt::format("'{}' is not where the directory says", member.name));
    member.offset = local + localBytes +
                    load<uint16_t>(archive.data() + local + 26) +
                    load<uint16_t>(archive.data() + local + 28);
    if (member.offset > archive.size() ||
        archive.size() - member.offset < member.packed)
      return errorAt(
          at, fmt::format("'{}' is longer than the archive", member.name));
    members.push_back(std::move(member));
    at += centralBytes + name + extra + comment;
  }
  return members;
}

Result<std::string> events::unpack(std::string_view archive,
                                   const ZipMember &member) {
  const std::string_view packed = archive.substr(member.offset, member.packed);
  std::string out;
  if (member.method == 0) {
    out = packed;
  } else if (member.method == 8) {
    // Deflate reaches 1032 : 1 at most; a larger claim is damage.
    if (member.size > (member.packed + 1) * 1040)
      return Error(
          fmt::format("claims {} bytes from {}", member.size, member.packed));
    out.resize(member.size);
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return Error("no memory");
    // zlib counts in unsigned int.
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    size_t in = packed.size(), room = out.size();
    int state = Z_OK;
    while (state == Z_OK && (in > 0 || stream.avail_in > 0)) {
      constexpr size_t most = 1u << 30;
      stream.avail_in = static_cast<uInt>(std::min(in, most));
      stream.avail_out = static_cast<uInt>(std::min(room, most));
      const uInt gaveIn = stream.avail_in, gaveOut = stream.avail_out;
      state = inflate(&stream, Z_NO_FLUSH);
      in -= gaveIn - stream.avail_in;
      room -= gaveOut - stream.avail_out;
      if (gaveIn == stream.avail_in && gaveOut == stream.avail_out)
        break;
    }
    inflateEnd(&stream);
    if (state != Z_STREAM_END || room != 0)
      return Error("its compressed bytes are damaged");
  } else {
    return Error(fmt::format("is compressed by method {}; 0 (stored) and 8 "
                             "(deflate) are read",
                             member.method));
  }
  if (out.size() != member.size ||
      crc32_z(0, reinterpret_cast<const Bytef *>(out.data()), out.size()) !=
          member.crc)
    return Error("does not match its checksum");
  return out;
}

/// Row-major numbers of a plain array.
static Result<NumberArray> numbers(std::string_view bytes) {
  Result<npy::Array> array = npy::parse(bytes);
  if (!array)
    return array.takeError();
  if (array->fields.size() != 1 || !array->fields.front().name.empty())
    return Error("holds records; an array of numbers was wanted");
  NumberArray out{array->shape, array->fields.front().type, {}};
  out.values.resize(array->elements);
  const char *data = bytes.data() + array->dataStart;
  // Where a row-major element lies: strides of the file's order.
  std::vector<size_t> strides(out.shape.size());
  size_t stride = 1;
  for (size_t k = 0; k < strides.size(); ++k) {
    const size_t axis = array->fortran ? k : strides.size() - 1 - k;
    strides[axis] = stride;
    stride *= static_cast<size_t>(out.shape[axis]);
  }
  for (size_t e = 0; e < out.values.size(); ++e) {
    size_t place = e;
    if (array->fortran) {
      place = 0;
      size_t rest = e;
      for (size_t axis = strides.size(); axis-- > 0;) {
        const auto extent = static_cast<size_t>(out.shape[axis]);
        place += rest % extent * strides[axis];
        rest /= extent;
      }
    }
    out.values[e] = npy::number(data + place * array->itemBytes, out.type);
  }
  return out;
}

Result<std::map<std::string, NumberArray>>
events::parseNpz(std::string_view archive) {
  Result<std::vector<ZipMember>> members = zipMembers(archive);
  if (!members)
    return members.takeError();
  std::map<std::string, NumberArray> out;
  for (const ZipMember &member : *members) {
    const auto fail = [&](Error error) {
      error.message = fmt::format("array '{}': {}", member.name, error.message);
      return error;
    };
    Result<std::string> bytes = unpack(archive, member);
    if (!bytes)
      return fail(bytes.takeError());
    Result<NumberArray> array = numbers(*bytes);
    if (!array)
      return fail(array.takeError());
    std::string name = member.name;
    if (name.ends_with(".npy"))
      name.resize(name.size() - 4);
    out[name] = std::move(*array);
  }
  return out;
}

Result<std::map<std::string, NumberArray>>
events::readNpz(const std::string &file) {
  Result<std::string> bytes = readFile(file);
  if (!bytes)
    return bytes.takeError();
  auto arrays = parseNpz(*bytes);
  if (arrays)
    return arrays;
  Error error = arrays.takeError();
  error.place.file = file;
  return error;
}

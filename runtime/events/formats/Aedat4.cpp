// AEDAT 4.0 (dv): "#!AER-DAT4.0\r\n", a header, then compressed packets.
//
//   header: size-prefixed flatbuffer "IOHE" of
//     0 compression i32 (0 none, 1 LZ4, 2 LZ4 high, 3 ZSTD, 4 ZSTD high)
//     1 where the table of packets begins i64, -1 without one
//     2 description of the streams, XML
//   packet: stream i32, size i32, then a size-prefixed flatbuffer, compressed
//   as a frame; "EVTS" has 0, a vector of {t i64, x i16, y i16, on bool}, 16
//   bytes each
//
// The tables are read through flatbuffers' verifier field by field, so that no
// code has to be generated from a schema.

#include "runtime/events/Bytes.h"
#include "runtime/events/Compression.h"
#include "runtime/events/Format.h"

#include <flatbuffers/flatbuffers.h>
#include <optional>
#include <pugixml.hpp>

using namespace limen;
using namespace limen::events;

namespace {

constexpr std::string_view magic = "#!AER-DAT4.0\r\n";
constexpr size_t eventBytes = 16;

/// Field `n` of a table has this place in its vtable.
constexpr flatbuffers::voffset_t slot(unsigned n) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * n);
}

struct Header : flatbuffers::Table {
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<int32_t>(verifier, slot(0), 4) &&
           VerifyField<int64_t>(verifier, slot(1), 8) &&
           VerifyOffset(verifier, slot(2)) &&
           verifier.VerifyString(
               GetPointer<const flatbuffers::String *>(slot(2))) &&
           verifier.EndTable();
  }
  int32_t compression() const { return GetField<int32_t>(slot(0), 0); }
  int64_t packetsEnd() const { return GetField<int64_t>(slot(1), -1); }
  const flatbuffers::String *description() const {
    return GetPointer<const flatbuffers::String *>(slot(2));
  }
};

/// The layout of an event; its fields are loaded from its bytes.
struct alignas(8) EventBytes {
  char bytes[eventBytes];
};

struct Packet : flatbuffers::Table {
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) && VerifyOffset(verifier, slot(0)) &&
           verifier.VerifyVector(elements()) && verifier.EndTable();
  }
  const flatbuffers::Vector<const EventBytes *> *elements() const {
    return GetPointer<const flatbuffers::Vector<const EventBytes *> *>(slot(0));
  }
};

/// Bytes at an address that flatbuffers' checks of alignment presume.
class Aligned {
public:
  explicit Aligned(std::string_view bytes) : words((bytes.size() + 7) / 8) {
    if (!bytes.empty())
      std::memcpy(words.data(), bytes.data(), bytes.size());
    size = bytes.size();
  }
  /// The root of a size-prefixed buffer with this identifier, or nullptr.
  template <typename T> const T *root(const char *identifier) const {
    const auto *data = reinterpret_cast<const uint8_t *>(words.data());
    flatbuffers::Verifier verifier(data, size);
    if (size < 12 || !verifier.VerifySizePrefixedBuffer<T>(identifier))
      return nullptr;
    return flatbuffers::GetSizePrefixedRoot<T>(data);
  }
  bool is(const char *identifier) const {
    return size >= 12 &&
           std::memcmp(reinterpret_cast<const char *>(words.data()) + 8,
                       identifier, 4) == 0;
  }

private:
  std::vector<uint64_t> words;
  size_t size = 0;
};

/// Sizes of the sensors of event streams, by stream.
std::map<int32_t, std::pair<uint32_t, uint32_t>>
readDescription(const flatbuffers::String *text) {
  std::map<int32_t, std::pair<uint32_t, uint32_t>> sizes;
  pugi::xml_document document;
  if (!text || !document.load_buffer(text->c_str(), text->size()))
    return sizes;
  auto attribute = [](pugi::xml_node node, const char *key) {
    return node.find_child_by_attribute("attr", "key", key).text();
  };
  for (pugi::xml_node stream :
       document.child("dv").child("node").children("node")) {
    const pugi::xml_node info =
        stream.find_child_by_attribute("node", "name", "info");
    const unsigned width = attribute(info, "sizeX").as_uint();
    const unsigned height = attribute(info, "sizeY").as_uint();
    if (std::string_view(attribute(stream, "typeIdentifier").as_string()) ==
            "EVTS" &&
        width != 0 && height != 0 && width <= 65536 && height <= 65536)
      sizes[stream.attribute("name").as_int(-1)] = {width, height};
  }
  return sizes;
}

Match detect(std::string_view bytes, std::string_view ending) {
  return bytes.starts_with(magic) ? Match::Content
         : ending == ".aedat4"    ? Match::Ending
                                  : Match::No;
}

/// Appends the events of a verified packet. Errors: a negative coordinate.
Result<void> takeEvents(const Packet &packet, size_t offset, Recording &out) {
  const auto *elements = packet.elements();
  if (!elements)
    return {};
  for (flatbuffers::uoffset_t i = 0; i < elements->size(); ++i) {
    const char *at = elements->Get(i)->bytes;
    const auto x = load<int16_t>(at + 8), y = load<int16_t>(at + 10);
    if (x < 0 || y < 0)
      return errorAt(offset, fmt::format("event {} of the packet is at ({}, "
                                         "{})",
                                         i, x, y));
    out.events.push_back({load<int64_t>(at), static_cast<uint16_t>(x),
                          static_cast<uint16_t>(y),
                          static_cast<uint8_t>(at[12] != 0)});
  }
  return {};
}

Result<Recording> read(std::string_view bytes, const ReadOptions &) {
  if (!bytes.starts_with(magic))
    return errorAt(0, "does not begin with '#!AER-DAT4.0'");
  size_t at = magic.size();
  if (bytes.size() - at < 4)
    return errorAt(at, "ends before its header");
  const auto headerSize = load<uint32_t>(bytes.data() + at);
  if (headerSize > bytes.size() - at - 4)
    return errorAt(at, fmt::format("the header claims {} bytes, {} are there: "
                                   "the file is truncated or damaged",
                                   headerSize, bytes.size() - at - 4));
  const Aligned headerBytes(bytes.substr(at, headerSize + size_t(4)));
  const Header *header = headerBytes.root<Header>("IOHE");
  if (!header)
    return errorAt(at, "the header is no flatbuffer 'IOHE': the file is "
                       "damaged");
  const int32_t compression = header->compression();
  if (compression < 0 || compression > 4)
    return errorAt(at, fmt::format("compression {} is unknown", compression));
  at += headerSize + size_t(4);
  // Files that were not closed have no table, and packets until their end.
  size_t end = bytes.size();
  Recording out;
  if (const int64_t table = header->packetsEnd();
      table >= static_cast<int64_t>(at) &&
      table <= static_cast<int64_t>(bytes.size()))
    end = static_cast<size_t>(table);
  else if (table > static_cast<int64_t>(bytes.size()))
    out.notes.push_back("the table of packets lies behind the end of the file, "
                        "which is truncated");
  const auto sizes = readDescription(header->description());
  std::optional<int32_t> chosen;
  while (end - at >= 8) {
    const auto stream = load<int32_t>(bytes.data() + at);
    const auto size = load<int32_t>(bytes.data() + at + 4);
    if (size < 0)
      return errorAt(at + 4, fmt::format("a packet of {} bytes cannot be: the "
                                         "file is damaged",
                                         size));
    if (static_cast<size_t>(size) > end - at - 8)
      break; // the file ends within this packet
    const std::string_view stored =
        bytes.substr(at + 8, static_cast<size_t>(size));
    Result<std::string> plain = compression == 0
                                    ? Result<std::string>(std::string(stored))
                                : compression <= 2 ? decompressLz4(stored)
                                                   : decompressZstd(stored);
    if (!plain)
      return errorAt(at, "a packet cannot be decompressed: " +
                             plain.error().message);
    const Aligned buffer(*plain);
    if (buffer.is("EVTS") && chosen.value_or(stream) == stream) {
      chosen = stream;
      const Packet *packet = buffer.root<Packet>("EVTS");
      if (!packet)
        return errorAt(at, "a packet of events is damaged");
      if (Result<void> taken = takeEvents(*packet, at, out); !taken)
        return taken.takeError();
    } else
      ++out.skipped[fmt::format("packets of stream {}", stream)];
    at += 8 + static_cast<size_t>(size);
  }
  out.trailingBytes = end - at;
  // Without events the description alone says which stream has them.
  auto size = chosen ? sizes.find(*chosen) : sizes.begin();
  if (size != sizes.end()) {
    out.width = size->second.first;
    out.height = size->second.second;
    out.sizeKnown = true;
  }
  return out;
}

Result<std::string> write(const Recording &recording) {
  constexpr size_t packetEvents = 8192;
  const std::string description = fmt::format(
      "<dv version=\"2.0\"><node name=\"outInfo\" path=\"/outInfo/\"><node "
      "name=\"0\" path=\"/outInfo/0/\"><attr key=\"compression\" "
      "type=\"string\">LZ4</attr><attr key=\"typeIdentifier\" "
      "type=\"string\">EVTS</attr><node name=\"info\" "
      "path=\"/outInfo/0/info/\"><attr key=\"sizeX\" type=\"int\">{}</attr>"
      "<attr key=\"sizeY\" type=\"int\">{}</attr></node></node></node></dv>",
      recording.width, recording.height);
  auto finished = [](const flatbuffers::FlatBufferBuilder &builder) {
    return std::string_view(
        reinterpret_cast<const char *>(builder.GetBufferPointer()),
        builder.GetSize());
  };
  flatbuffers::FlatBufferBuilder header;
  const auto text = header.CreateString(description);
  const auto start = header.StartTable();
  header.AddElement<int64_t>(slot(1), -1, 0);
  header.AddOffset(slot(2), text);
  header.AddElement<int32_t>(slot(0), 1, 0);
  header.FinishSizePrefixed(flatbuffers::Offset<Header>(header.EndTable(start)),
                            "IOHE");
  std::string out(magic);
  out += finished(header);
  for (size_t first = 0; first < recording.events.size();
       first += packetEvents) {
    const size_t last = std::min(first + packetEvents, recording.events.size());
    std::vector<EventBytes> elements(last - first);
    for (size_t i = first; i < last; ++i) {
      const Event &event = recording.events[i];
      if (event.x > 0x7FFF || event.y > 0x7FFF)
        return Error(fmt::format("AEDAT 4 files hold coordinates up to 32767; "
                                 "an event is at ({}, {})",
                                 event.x, event.y));
      char *to = elements[i - first].bytes;
      std::memset(to, 0, eventBytes);
      std::memcpy(to, &event.t, 8);
      std::memcpy(to + 8, &event.x, 2);
      std::memcpy(to + 10, &event.y, 2);
      to[12] = static_cast<char>(event.p);
    }
    flatbuffers::FlatBufferBuilder packet;
    const auto vector = packet.CreateVectorOfStructs(elements);
    const auto table = packet.StartTable();
    packet.AddOffset(slot(0), vector);
    packet.FinishSizePrefixed(
        flatbuffers::Offset<Packet>(packet.EndTable(table)), "EVTS");
    Result<std::string> stored = compressLz4(finished(packet));
    if (!stored)
      return stored;
    store(out, int32_t(0));
    store(out, static_cast<int32_t>(stored->size()));
    out += *stored;
  }
  return out;
}

} // namespace

namespace limen::events {
extern const Format formatAedat4;
constinit const Format formatAedat4{"aedat4", "AEDAT 4.0", detect,
                                    read,     write,       ".aedat4"};
} // namespace limen::events

#include "runtime/program/Container.h"

#include "dialects/support/Diagnostics.h"
#include "hw-models/base/Files.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace mlir;
using namespace limen;

namespace {

constexpr char magic[8] = {'L', 'I', 'M', 'E', 'N', 0x1A, 0x0A, 0x00};
// 2: rows of a SpiNNaker-style program may be rules.
// 3: its neurons and synapses may be on different cores.
constexpr uint32_t formatVersion = 3;
constexpr size_t headerSize = 4096;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t nameLength;
  uint64_t payloadLength;
  uint8_t checksum[32];
};
static_assert(sizeof(Header) == 56, "layout of the file format");

using Checksum = std::array<uint8_t, 32>;

Checksum checksumOf(StringRef name, StringRef payload) {
  llvm::BLAKE3 hash;
  hash.update(name);
  hash.update(payload);
  return hash.final();
}

std::string hex(const uint8_t *bytes, size_t count = 8) {
  return llvm::toHex(llvm::ArrayRef<uint8_t>(bytes, count),
                     /*LowerCase=*/true);
}

} // namespace

Result<void> program::writeProgram(ModuleOp module, const std::string &name,
                                   const std::string &path) {
  std::string file(headerSize, '\0');
  llvm::raw_string_ostream out(file);
  if (failed(writeBytecodeToFile(module, out)))
    return Error("the program cannot be written as bytecode", {path, 0, 0, {}});
  if (name.size() > headerSize - sizeof(Header))
    return Error("the target's name is too long", {path, 0, 0, {}});
  const StringRef payload = StringRef(file).drop_front(headerSize);
  Header header;
  std::memcpy(header.magic, magic, sizeof magic);
  header.version = formatVersion;
  header.nameLength = static_cast<uint32_t>(name.size());
  header.payloadLength = payload.size();
  const Checksum checksum = checksumOf(name, payload);
  std::memcpy(header.checksum, checksum.data(), checksum.size());
  std::memcpy(file.data(), &header, sizeof header);
  std::memcpy(file.data() + sizeof header, name.data(), name.size());
  return writeFile(path, file);
}

bool program::hasProgramMagic(const std::string &path) {
  char bytes[sizeof magic] = {};
  std::ifstream in(path, std::ios::binary);
  return in.read(bytes, sizeof bytes) &&
         std::memcmp(bytes, magic, sizeof magic) == 0;
}

Result<program::StoredProgram> program::readProgram(const std::string &path,
                                                    MLIRContext *context) {
  const Place place{path, 0, 0, {}};
  std::error_code status;
  if (!std::filesystem::exists(path, status))
    return Error("no such file", place);
  if (std::filesystem::is_directory(path, status))
    return Error("is a folder, a .limen program was wanted", place);
  // Large files are mapped; small ones are copied, to where blobs may stay too.
  auto buffer = llvm::MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
      /*IsVolatile=*/false, llvm::Align(headerSize));
  if (!buffer)
    return Error("cannot be read: " + buffer.getError().message(), place);
  const StringRef bytes = (*buffer)->getBuffer();
  Header header;
  if (bytes.empty())
    return Error("is empty, a .limen program was wanted", place);
  const size_t common = std::min(bytes.size(), sizeof magic);
  for (size_t i = 0; i < common; ++i)
    if (bytes[i] != magic[i])
      return Error("is not a .limen program: byte " + std::to_string(i) +
                       " is not that of its mark",
                   place)
          .note("compile one with 'limen compile NETWORK --target NAME -o "
                "FILE'");
  if (bytes.size() < headerSize)
    return Error("is damaged: it ends at byte " + std::to_string(bytes.size()) +
                     ", within its header of " + std::to_string(headerSize),
                 place)
        .note("compile the network again, or copy the file again");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != formatVersion)
    return Error("has format version " + std::to_string(header.version) +
                     " (at byte 8), this limen reads version " +
                     std::to_string(formatVersion),
                 place)
        .note("compile the network again");
  if (header.nameLength > headerSize - sizeof header ||
      bytes.size() - headerSize != header.payloadLength)
    return Error("is damaged: it has " + std::to_string(bytes.size()) +
                     " bytes, its header says " +
                     std::to_string(headerSize + header.payloadLength),
                 place)
        .note("compile the network again, or copy the file again");
  const StringRef name = bytes.substr(sizeof header, header.nameLength);
  const StringRef payload = bytes.drop_front(headerSize);
  const Checksum found = checksumOf(name, payload);
  if (std::memcmp(found.data(), header.checksum, found.size()) != 0)
    return Error("is damaged: its checksum is " + hex(found.data()) +
                     "..., the header says " + hex(header.checksum) + "...",
                 place)
        .note("compile the network again, or copy the file again");

  StoredProgram stored;
  stored.target = name.str();
  stored.version = header.version;
  stored.bytes = bytes.size();
  stored.payloadBytes = header.payloadLength;
  stored.checksum = hex(header.checksum, sizeof header.checksum);
  DiagnosticCollector diagnostics(context);
  auto sources = std::make_shared<llvm::SourceMgr>();
  // The payload starts on a page, so blobs stay where they are.
  // The second buffer is not parsed: it keeps the mapping alive.
  sources->AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(payload, path,
                                       /*RequiresNullTerminator=*/false),
      llvm::SMLoc());
  sources->AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  stored.module = parseSourceFile<ModuleOp>(sources, context);
  if (!stored.module)
    return diagnostics.takeError("holds a program that cannot be read");
  return stored;
}

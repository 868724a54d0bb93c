#include "runtime/events/Compression.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <memory>
#include <zstd.h>

using namespace limen;
using namespace limen::events;

/// What LZ4 can reach at most; packets of events compress far less.
static size_t limitFor(std::string_view frame) {
  return frame.size() * 255 + (size_t(1) << 16);
}

static Error tooLarge(size_t limit) {
  return Error(fmt::format("it grows beyond {} bytes", limit));
}

Result<std::string> events::decompressLz4(std::string_view frame) {
  LZ4F_dctx *raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)))
    return Error("no memory");
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)>
      context(raw, LZ4F_freeDecompressionContext);
  std::string out;
  const size_t limit = limitFor(frame);
  size_t wanted = 1; // 0 once the frame is complete
  while (wanted != 0) {
    if (out.size() > limit)
      return tooLarge(limit);
    const size_t before = out.size();
    out.resize(before + (size_t(1) << 16));
    size_t written = out.size() - before, read = frame.size();
    wanted = LZ4F_decompress(context.get(), out.data() + before, &written,
                             frame.data(), &read, nullptr);
    out.resize(before + written);
    if (LZ4F_isError(wanted))
      return Error(LZ4F_getErrorName(wanted));
    frame.remove_prefix(read);
    if (wanted != 0 && read == 0 && written == 0)
      return Error("it ends early");
  }
  return out;
}

Result<std::string> events::decompressZstd(std::string_view frame) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(
      ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context)
    return Error("no memory");
  // A damaged header must not ask for a window of 128 MiB.
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 24);
  std::string out;
  const size_t limit = limitFor(frame);
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  size_t wanted = 1;
  while (wanted != 0) {
    if (out.size() > limit)
      return tooLarge(limit);
    const size_t before = out.size(), read = in.pos;
    out.resize(before + (size_t(1) << 16));
    ZSTD_outBuffer to{out.data() + before, out.size() - before, 0};
    wanted = ZSTD_decompressStream(context.get(), &to, &in);
    out.resize(before + to.pos);
    if (ZSTD_isError(wanted))
      return Error(ZSTD_getErrorName(wanted));
    if (wanted != 0 && in.pos == read && to.pos == 0)
      return Error("it ends early");
  }
  return out;
}

Result<std::string> events::compressLz4(std::string_view bytes) {
  std::string out(LZ4F_compressFrameBound(bytes.size(), nullptr), '\0');
  const size_t size = LZ4F_compressFrame(out.data(), out.size(), bytes.data(),
                                         bytes.size(), nullptr);
  if (LZ4F_isError(size))
    return Error(fmt::format("LZ4: {}", LZ4F_getErrorName(size)));
  out.resize(size);
  return out;
}

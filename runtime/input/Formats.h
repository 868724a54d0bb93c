// The readers behind openSource, one file each.
#pragma once

#include "runtime/input/Open.h"

#include <string_view>

namespace limen::input {

/// `rest` is the specification after the prefix and its colon.
using OpenFunction = Result<std::unique_ptr<Source>> (*)(
    const std::string &rest, const SourceOptions &options);

Result<std::unique_ptr<Source>> openNmnist(const std::string &rest,
                                           const SourceOptions &options);
Result<std::unique_ptr<Source>> openIdx(const std::string &rest,
                                        const SourceOptions &options);
Result<std::unique_ptr<Source>> openHdf5(const std::string &rest,
                                         const SourceOptions &options);
Result<std::unique_ptr<Source>> openCsv(const std::string &rest,
                                        const SourceOptions &options);

Result<std::unique_ptr<Source>> openNirData(const std::string &rest,
                                            const SourceOptions &options);

/// A format's prefix and how its specification goes on.
struct Format {
  std::string_view prefix;
  std::string_view usage;
  OpenFunction open;
};

inline constexpr Format formats[] = {
    {"nmnist", "nmnist:DIR", openNmnist},
    {"idx", "idx:IMAGES,LABELS[,encoder=rate|current][,rate=R][,scale=S]",
     openIdx},
    {"hdf5", "hdf5:FILE:DATASET[,LABELS]", openHdf5},
    {"csv", "csv:FILE[:COLUMNS]", openCsv},
    {"nirdata", "nirdata:FILE[:NODE[/OBSERVABLE]][,times=start|end]",
     openNirData},
};

} // namespace limen::input

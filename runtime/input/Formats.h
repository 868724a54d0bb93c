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
Result<std::unique_ptr<Source>> openSonata(const std::string &rest,
                                           const SourceOptions &options);

Result<std::unique_ptr<Source>> openNirData(const std::string &rest,
                                            const SourceOptions &options);
Result<std::unique_ptr<Source>> openEvents(const std::string &rest,
                                           const SourceOptions &options);
Result<std::unique_ptr<Source>> openWav(const std::string &rest,
                                        const SourceOptions &options);
Result<std::unique_ptr<Source>> openNpy(const std::string &rest,
                                        const SourceOptions &options);
Result<std::unique_ptr<Source>> openShd(const std::string &rest,
                                        const SourceOptions &options);

inline constexpr std::string_view eventsUsage =
    "events:FILE_OR_DIR[,format=NAME][,camera=NAME][,size=WxH][,bin=T|,bins=N]"
    "[,origin=first|zero][,round=floor|nearest][,last=drop|keep]"
    "[,values=count|binary][,polarity=both|merge|0|1][,crop=WxH[+X+Y]]"
    "[,downsample=K][,order=sort|refuse][,labels=folder|name|none|FILE]"
    "[,match=GLOB]";
inline constexpr std::string_view nmnistUsage =
    "nmnist:DIR[,bin=T|,bins=N][,polarity=both|merge|0|1][,crop=WxH[+X+Y]]"
    "[,downsample=K][,...as events:]";
inline constexpr std::string_view wavUsage =
    "wav:FILE_OR_DIR[,channels=N][,low=F][,high=F][,level=file|peak]"
    "[,compress=C][,gain=G][,tau=T][,bin=T|,bins=N]"
    "[,labels=folder|name|none|FILE][,match=GLOB]";
inline constexpr std::string_view npyUsage =
    "npy:FILE[,axes=auto|sample|time][,labels=FILE]";
inline constexpr std::string_view shdUsage =
    "shd:FILE[,units=N][,bin=T|,bins=N]";

/// A format's prefix and how its specification goes on.
struct Format {
  std::string_view prefix;
  std::string_view usage;
  OpenFunction open;
  bool takesLabels; ///< samples have names that a labels file can refer to
};

inline constexpr Format formats[] = {
    {"events", eventsUsage, openEvents, true},
    {"nmnist", nmnistUsage, openNmnist, true},
    {"idx", "idx:IMAGES,LABELS[,encoder=rate|current][,rate=R][,scale=S]",
     openIdx, false},
    {"hdf5", "hdf5:FILE:DATASET[,LABELS]", openHdf5, false},
    {"npy", npyUsage, openNpy, false},
    {"shd", shdUsage, openShd, false},
    {"wav", wavUsage, openWav, true},
    {"csv", "csv:FILE[:COLUMNS]", openCsv, false},
    {"nirdata", "nirdata:FILE[:NODE[/OBSERVABLE]][,times=start|end]",
     openNirData, false},
    {"sonata",
     "sonata:CONFIG.json, sonata:SPIKES.h5:NODES or "
     "sonata:SPIKES.h5:POPULATION=NODES,...",
     openSonata, false},
};

} // namespace limen::input

import KernelSupport

/// What the command line says to the kernel itself.
struct BootConfiguration {
    var logLevel = LogLevel.warning
    /// The second serial port is the channel to the host.
    var usesChannel = false
    /// Words that mean nothing to the kernel.
    var unknownWords = 0

    init(_ words: BootWords) {
        words.forEach { word, isArgument in
            guard !isArgument else { return }
            if word.hasPrefix("log=") {
                if let level = Self.level(word.dropping("log=")) {
                    logLevel = level
                } else {
                    unknownWords += 1
                }
            } else if word == "channel=com2" {
                usesChannel = true
            } else if !word.hasPrefix("env=") && !word.hasPrefix("name=")
                && !word.hasPrefix("virtio_mmio.device=")
            {
                unknownWords += 1
            }
        }
    }

    private static func level(_ word: BootWords.Word) -> LogLevel? {
        for raw in 0...LogLevel.trace.rawValue {
            if let level = LogLevel(rawValue: raw), word == level.name { return level }
        }
        return nil
    }
}

import Foundation
import KernelNetwork

/// Frames with their times, in the format of pcap files with nanoseconds, which
/// tcpdump and Wireshark read.
public struct PacketCapture: Sendable {
    /// What the frames start with (the LINKTYPE_ values of pcap).
    public enum Kind: UInt32, Sendable {
        case ethernet = 1
        /// An IPv4 or IPv6 header.
        case internet = 101
    }

    /// The file's contents.
    public private(set) var bytes: [UInt8] = []
    public private(set) var count = 0
    /// Bytes of a frame that are kept.
    private let longest: Int

    public init(_ kind: Kind = .ethernet, longest: Int = 262_144) {
        self.longest = longest
        append(0xa1b2_3c4d)
        // Version 2.4.
        append(4 << 16 | 2)
        append(0)
        append(0)
        append(UInt32(longest))
        append(kind.rawValue)
    }

    public mutating func record(_ frame: [UInt8], at moment: Instant) {
        count += 1
        append(UInt32(truncatingIfNeeded: moment.nanoseconds / 1_000_000_000))
        append(UInt32(moment.nanoseconds % 1_000_000_000))
        append(UInt32(min(frame.count, longest)))
        append(UInt32(frame.count))
        bytes += frame.prefix(longest)
    }

    /// Writes a file into the folder that `HERMIT_CAPTURES` names, or else the one
    /// for temporary files.
    ///
    /// - Returns: The file's path, or why there is none.
    public func write(name: String) -> String {
        let folder =
            ProcessInfo.processInfo.environment["HERMIT_CAPTURES"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.temporaryDirectory
        let file = folder.appendingPathComponent("\(name).pcap")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
            return file.path
        } catch {
            return "no capture: \(error)"
        }
    }

    private mutating func append(_ word: UInt32) {
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}

import Foundation

/// What `hermit run --pcap` has written.
package enum CapturedFrames {
    /// The frames of a capture (pcap, in the machine's byte order); one that is cut off is left out.
    package static func read(_ path: String) throws -> [[UInt8]] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var frames: [[UInt8]] = []
        var at = 24
        while at + 16 <= bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[at + 8 + $1]) << (8 * $1) }
            guard at + 16 + length <= bytes.count else { break }
            frames.append(Array(bytes[at + 16..<at + 16 + length]))
            at += 16 + length
        }
        return frames
    }
}

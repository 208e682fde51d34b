import KernelSupport

/// What is told of the network: in `/proc/net`, and at the program's end by `stats`. There is one
/// from the first socket on, and an image without sockets has nothing of it.
///
/// None of these may be called with a lock.
public struct NetworkReport: Sendable {
    /// Files of `/proc/net` (proc(5)).
    public enum File: UInt8, Sendable {
        // Lists, line by line.
        case tcp, tcp6, udp, udp6
        // Whole texts.
        case dev, snmp
    }

    /// File, address of a `ListPlace`, address of memory and its bytes: writes the line at the place,
    /// and sets the place behind it. The bytes of the line; 0: there is none.
    let line: @convention(c) (UInt8, UInt, UInt, Int) -> Int
    /// File, address of memory, its bytes, and how many of the text are to be left out: writes it as
    /// far as there is room. The bytes of all of it.
    let text: @convention(c) (UInt8, UInt, Int, Int64) -> Int
    /// Tells lines for the log (`KernelServices.tell`).
    let tell: @convention(c) () -> Void

    public init(
        line: @convention(c) (UInt8, UInt, UInt, Int) -> Int,
        text: @convention(c) (UInt8, UInt, Int, Int64) -> Int,
        tell: @convention(c) () -> Void
    ) {
        self.line = line
        self.text = text
        self.tell = tell
    }

    nonisolated(unsafe) private static var report: NetworkReport? = nil

    /// `nil`: there is no network yet.
    @inline(__always)
    static var current: NetworkReport? { unsafe report }

    /// There is one from now on; once.
    public static func start(_ report: NetworkReport) { unsafe self.report = report }

    /// Writes a file's line, as `line`; `false`: there is none.
    public static func nextLine(of file: File, _ place: inout ListPlace, _ text: inout TextWindow) -> Bool {
        guard let report = current else { return false }
        var line = InlineArray<256, UInt8>(repeating: 0)
        let count = place.withAddress { place in
            line.withMutableBytes { bytes in
                unsafe bytes.withUnsafeMutableBytes { room in
                    report.line(file.rawValue, place, UInt(bitPattern: room.baseAddress), room.count)
                }
            }
        }
        line.withBytes(0..<min(count, line.count)) { text.append($0) }
        return count > 0
    }

    /// Writes a file's text.
    public static func write(_ file: File, to text: inout TextWindow) {
        guard let report = current else { return }
        text.appendText { (room, skip) in
            unsafe room.withUnsafeMutableBytes { room in
                report.text(file.rawValue, UInt(bitPattern: room.baseAddress), room.count, skip)
            }
        }
    }
}

extension ListPlace: PassedByAddress {}

import KernelSupport

/// A name in a directory: 1 to 255 bytes, none of them a slash or zero, and
/// neither `.` nor `..` (POSIX.1-2017, 3.170). Any other bytes will do.
public struct FileName: ~Escapable {
    public let bytes: RawSpan

    /// `NAME_MAX`.
    public static var longest: Int { 255 }

    /// - Returns: `nil` where the bytes are no such name.
    @_lifetime(copy bytes)
    public init?(_ bytes: RawSpan) {
        let count = bytes.byteCount
        guard count > 0, count <= Self.longest, !bytes.isDot, !bytes.isDotDot else { return nil }
        for offset in 0..<count {
            let byte = bytes[offset]
            guard byte != 0, byte != UInt8(ascii: "/") else { return nil }
        }
        self.bytes = bytes
    }

    /// A name that has been checked.
    @_lifetime(copy bytes)
    init(checked bytes: RawSpan) { self.bytes = bytes }
}

extension RawSpan {
    @inline(__always)
    subscript(_ offset: Int) -> UInt8 { value(at: UInt64(bitPattern: Int64(offset)), as: UInt8.self) ?? 0 }

    /// Whether this is `.`.
    var isDot: Bool { byteCount == 1 && self[0] == UInt8(ascii: ".") }

    /// Whether this is `..`.
    var isDotDot: Bool {
        byteCount == 2 && self[0] == UInt8(ascii: ".") && self[1] == UInt8(ascii: ".")
    }
}

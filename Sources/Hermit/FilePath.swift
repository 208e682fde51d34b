import CHermit

/// A path: bytes without a zero, of which slashes divide the names. Any other
/// bytes may be in it.
public struct FilePath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// With a zero at the end, as the system wants it.
    private var storage: [UInt8]

    /// A string's UTF-8, up to the first zero.
    public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    public init(stringLiteral text: String) { self.init(text) }

    /// Bytes up to the first zero.
    public init(bytes: [UInt8]) {
        storage = bytes
        for index in 0..<storage.count where storage[index] == 0 {
            storage.removeSubrange(index...)
            break
        }
        storage.append(0)
    }

    /// The path's bytes.
    public var bytes: ArraySlice<UInt8> { storage.dropLast() }

    public var isEmpty: Bool { storage.count == 1 }

    /// It begins with a slash, and does not depend on the working directory.
    public var isAbsolute: Bool { storage[0] == UInt8(ascii: "/") }

    /// The path as text; what is no UTF-8 is replaced.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: - Parts

    /// The names between the slashes.
    public var components: [FilePath] {
        var parts: [FilePath] = []
        var part: [UInt8] = []
        for byte in storage {
            if byte != UInt8(ascii: "/") && byte != 0 {
                part.append(byte)
            } else if !part.isEmpty {
                parts.append(FilePath(bytes: part))
                part = []
            }
        }
        return parts
    }

    /// The last name; `nil` for the root and for an empty path.
    public var lastComponent: FilePath? { components.last }

    /// The path without its last name, and the slashes in front of that.
    public var removingLastComponent: FilePath {
        var end = storage.count - 1
        while end > 1 && storage[end - 1] == UInt8(ascii: "/") { end -= 1 }
        while end > 0 && storage[end - 1] != UInt8(ascii: "/") { end -= 1 }
        while end > 1 && storage[end - 1] == UInt8(ascii: "/") { end -= 1 }
        return FilePath(bytes: Array(storage[..<end]))
    }

    /// What stands behind the last name's last dot; `nil`: there is none, or it is the first.
    public var `extension`: String? {
        guard let name = lastComponent?.bytes, let dot = name.lastIndex(of: UInt8(ascii: ".")),
            dot > name.startIndex, name.count > 2 || name.first != UInt8(ascii: ".")
        else { return nil }
        return String(decoding: name[(dot + 1)...], as: UTF8.self)
    }

    /// This path and another behind it. An absolute one is taken as a relative one.
    public func appending(_ other: FilePath) -> FilePath {
        var result = Array(bytes)
        if !result.isEmpty && result.last != UInt8(ascii: "/") { result.append(UInt8(ascii: "/")) }
        result += other.bytes.drop { $0 == UInt8(ascii: "/") }
        return FilePath(bytes: result)
    }

    /// Runs `body` with the path as C has it.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe storage.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress!.assumingMemoryBound(to: CChar.self))
        }
    }
}

import KernelDescriptors
import KernelSupport

/// The name of one socket, which those share that were made by connecting to it,
/// and the messages that it has sent.
struct LocalName: SlotRecord {
    var nextFree = Place.none
    var references: Int32 = 0
    var address = SocketAddress()

    /// The bytes of an address: a length, a family, a path of 108 (`hermit_sockaddr_un`).
    static let longest = 110
    /// HERMIT_AF_UNIX.
    static let family: UInt8 = 4
    static let unspecified: UInt8 = 0

    enum Form {
        /// No name: whoever binds it gets one.
        case none
        /// A file's path.
        case path
        /// A name of its own, which begins with a zero (Linux, unix(7)).
        case abstract
    }

    /// Looks at an address of the program's, and gives it its usual form: a path
    /// ends with one zero, which counts.
    ///
    /// - Throws: `EINVAL`: it is none of the family, or too long.
    static func parse(_ address: inout SocketAddress) throws(Errno) -> Form {
        guard let family = address.family, family == Self.family, address.count <= longest else {
            throw .invalidArgument
        }
        let start = SocketAddress.headerSize
        var form = Form.none
        if address.count > start {
            form = address.bytes[start] == 0 ? .abstract : .path
            if form == .path {
                var end = start
                while end < address.count, address.bytes[end] != 0 { end += 1 }
                address.bytes[end] = 0
                address.count = end + 1
            }
        }
        address.bytes[0] = UInt8(address.count)
        return form
    }

    /// A name that the kernel gives: a zero, and five hexadecimal digits.
    static func automatic(_ number: UInt32) -> SocketAddress {
        var address = SocketAddress(family: family)
        address.count = SocketAddress.headerSize + 6
        address.bytes[0] = UInt8(address.count)
        for digit in 0..<5 {
            let value = UInt8(number >> UInt32(16 - 4 * digit) & 0xF)
            address.bytes[SocketAddress.headerSize + 1 + digit] =
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        }
        return address
    }

    static func areSame(_ one: SocketAddress, _ other: SocketAddress) -> Bool {
        guard one.count == other.count else { return false }
        for index in SocketAddress.headerSize..<one.count
        where one.bytes[index] != other.bytes[index] { return false }
        return true
    }
}

/// What files do for sockets whose names are paths. Address of a `SocketAddress`
/// whose `file` is set; 0, or the negative of an error.
public struct SocketFiles: Sendable {
    /// Makes the file.
    let make: @convention(c) (UInt) -> Int
    /// Finds it.
    let find: @convention(c) (UInt) -> Int

    public init(make: @convention(c) (UInt) -> Int, find: @convention(c) (UInt) -> Int) {
        self.make = make
        self.find = find
    }
}

extension Place {
    /// The name at a place in their table, with the lock.
    var localName: LocalName {
        @inline(__always) get { StreamState.shared.localNames[self] }
        @inline(__always) nonmutating _modify {
            yield &StreamState.shared.localNames[self]
        }
    }
}

extension SocketAddress {
    /// Runs `body` with the bytes of a path, without what ends it.
    public func withPath<Value>(_ body: (RawSpan) throws(Errno) -> Value) throws(Errno) -> Value {
        let span = unsafe bytes.span.bytes
        return try body(span.extracting(Self.headerSize..<max(count - 1, Self.headerSize)))
    }
}

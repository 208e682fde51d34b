import CHermit
import KernelMain
import KernelNames
import KernelSockets
import KernelSupport
import KernelWire

// What functions of names take and hand out.

/// A text of at most 255 bytes: a name, an address, a service.
struct TextArgument {
    private var bytes = InlineArray<256, UInt8>(repeating: 0)
    private(set) var count = 0

    /// Copies one that the application passes.
    ///
    /// - Parameter number: HERMIT_EAI_* of one that is longer, and so is none.
    /// - Throws: HERMIT_EAI_SYSTEM: it can't be read.
    init(at address: UInt64, tooLong number: Int32) throws(NameError) {
        while count < 256 {
            // No further than the page, as the next one need not be there.
            let start = address &+ UInt64(count)
            let size = min(64 - count % 64, 4096 - Int(start % 4096))
            let isRead = bytes.withMutableBytes(count..<count + size) {
                ApplicationBuffer.read(start, size, to: &$0)
            }
            guard isRead else { throw NameError(.badAddress) }
            for _ in 0..<size {
                if bytes[count] == 0 { return }
                count += 1
            }
        }
        throw NameError(number)
    }

    /// One that is written by the kernel.
    init(_ write: (inout PacketWriter) -> Void) {
        count = bytes.withMutableBytes(0..<256) { span in
            var writer = PacketWriter(span._mutatingExtracting(0..<255))
            write(&writer)
            return writer.count
        }
        // What was taken back is there yet.
        bytes[count] = 0
    }

    func withBytes<Value, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Value
    ) throws(Failure) -> Value { try bytes.withBytes(0..<count, body) }

    /// The same with the zero behind it.
    func withTerminatedBytes<Value>(_ body: (RawSpan) -> Value) -> Value {
        bytes.withBytes(0..<count + 1, body)
    }
}

/// Where a name is to be handed to.
struct NamePlace {
    private let address: UInt64
    private let room: Int

    init(_ address: UInt64, _ room: hermit_socklen_t) {
        self.address = address
        self.room = Int(room)
    }

    /// POSIX: either of the two says that it is not.
    var isWanted: Bool { address != 0 && room > 0 }

    /// - Throws: HERMIT_EAI_OVERFLOW, HERMIT_EAI_SYSTEM.
    @inline(never)
    func store(_ text: TextArgument) throws(NameError) {
        guard text.count < room else { throw NameError(HERMIT_EAI_OVERFLOW) }
        guard let place = try? ApplicationBuffer(at: address, count: text.count + 1),
            text.withTerminatedBytes({ place.write($0, at: 0) }) == text.count + 1
        else { throw NameError(.badAddress) }
    }
}

/// An address of a socket's, whose names are wanted.
struct KnownEnd {
    let address: IPAddress
    let port: Port
    private let scope: UInt32

    /// - Throws: HERMIT_EAI_FAMILY, HERMIT_EAI_SYSTEM.
    init(at place: UInt64, _ length: hermit_socklen_t) throws(NameError) {
        guard length >= 2 else { throw NameError(HERMIT_EAI_FAMILY) }
        let most = MemoryLayout<hermit_sockaddr_in6>.size
        var bytes = InlineArray<28, UInt8>(repeating: 0)
        let count = min(Int(length), most)
        let isRead = bytes.withMutableBytes(0..<count) { ApplicationBuffer.read(place, count, to: &$0) }
        guard isRead else { throw NameError(.badAddress) }
        let isV6 = Int32(bytes[1]) == HERMIT_AF_INET6
        guard isV6 || Int32(bytes[1]) == HERMIT_AF_INET, count >= (isV6 ? 28 : 16) else {
            throw NameError(HERMIT_EAI_FAMILY)
        }
        (address, port, scope) = bytes.withBytes(0..<28) { bytes in
            let port = Port(bytes.field(at: 2))
            guard isV6 else { return (.v4(bytes.ipv4Address(at: 4)), port, 0) }
            let scope: UInt32 = bytes.field(at: 24)
            return (.v6(bytes.ipv6Address(at: 8)), port, scope.byteSwapped)
        }
    }

    /// The address, and of which interface it is.
    @inline(never)
    @_lifetime(writer: copy writer)
    func emitText(into writer: inout PacketWriter) {
        address.emitText(into: &writer)
        guard scope != 0 else { return }
        writer.append(text: "%")
        let start = writer.count
        if address.isLinkLocal { InternetConfiguration.emitName(of: scope, into: &writer) }
        if writer.count == start { writer.append(decimal: scope) }
    }
}

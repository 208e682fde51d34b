import CHermit
import KernelMain
import KernelNetwork
import KernelSupport
import KernelWire

/// The sockets that each address of `sys_getaddrinfo` is given for.
struct SocketKinds {
    struct Kind {
        var type: Int32
        var protocolNumber: Int32
        var port = Port.any
    }

    private static let raw: Int32 = 3

    private var list = FixedList<3, Kind>(filler: Kind(type: 0, protocolNumber: 0))

    var isEmpty: Bool { list.isEmpty }
    var count: Int { list.count }
    subscript(index: Int) -> Kind { list[index] }

    /// Those of a type and a protocol; 0: of any. A raw socket has any protocol.
    init(type: Int32, protocolNumber: Int32) {
        func add(_ known: Int32, _ ownProtocol: Int32) {
            let isRaw = known == Self.raw
            guard type == 0 || type == known, isRaw || protocolNumber == 0 || protocolNumber == ownProtocol,
                // One that is neither TCP nor UDP is a raw socket's.
                !isRaw || type == known || protocolNumber == 0 || list.isEmpty
            else { return }
            _ = list.append(Kind(type: known, protocolNumber: isRaw ? protocolNumber : ownProtocol))
        }
        add(HERMIT_SOCK_STREAM, HERMIT_IPPROTO_TCP)
        add(HERMIT_SOCK_DGRAM, HERMIT_IPPROTO_UDP)
        add(Self.raw, 0)
    }

    /// All have a port.
    mutating func set(_ port: Port) {
        for index in 0..<list.count { list[index].port = port }
    }

    /// Those are left that have a service's port; whether there are some.
    mutating func set(_ port: (DNSTransport) -> Port?) -> Bool {
        var index = 0
        while index < list.count {
            let type = list[index].type
            if type != Self.raw, let port = port(type == HERMIT_SOCK_STREAM ? .tcp : .udp) {
                list[index].port = port
                index += 1
            } else {
                list.remove(index..<index + 1)
            }
        }
        return !list.isEmpty
    }
}

/// A list of addresses in the application's heap, which is given back unless it is handed out.
/// Each element is a block of its own with all that it refers to: a part of a list may be
/// freed alone.
struct AddressList: ~Copyable {
    let flags: Int32
    var kinds = SocketKinds(type: 0, protocolNumber: 0)
    var scope: UInt32 = 0
    /// Of the first element.
    var canonicalName: TextArgument? = nil
    private var first: UInt64 = 0
    private var last: UInt64 = 0

    private static var size: Int { unsafe MemoryLayout<hermit_addrinfo>.size }
    /// Where the next element is told, as hermit/network.h asserts.
    private static let nextOffset: UInt64 = 40
    /// Of any address.
    private static let addressSize = 32

    init(flags: Int32) { self.flags = flags }

    deinit { Self.free(first) }

    var isEmpty: Bool { first == 0 }

    /// Adds an address, once for each kind of sockets.
    ///
    /// - Throws: HERMIT_EAI_MEMORY.
    mutating func append(_ address: IPAddress) throws(NameError) {
        for index in 0..<kinds.count { try append(address, kinds[index]) }
    }

    private mutating func append(_ address: IPAddress, _ kind: SocketKinds.Kind) throws(NameError) {
        let name = first == 0 ? canonicalName : nil
        let count = Self.size + Self.addressSize + (name.map { $0.count + 1 } ?? 0)
        guard let block = unsafe ApplicationHeap.allocate(size: count, alignment: 16) else {
            throw NameError(.noMemory)
        }
        let place = UInt64(UInt(bitPattern: block))
        let end = place + UInt64(Self.size)
        var info = unsafe hermit_addrinfo()
        unsafe info.ai_flags = flags
        unsafe info.ai_family = address.isV6 ? HERMIT_AF_INET6 : HERMIT_AF_INET
        unsafe info.ai_socktype = kind.type
        unsafe info.ai_protocol = kind.protocolNumber
        unsafe info.ai_addrlen = address.isV6 ? 28 : 16
        unsafe info.ai_addr = UnsafeMutablePointer(bitPattern: UInt(end))
        unsafe info.ai_next = nil
        let text = end + UInt64(Self.addressSize)
        unsafe info.ai_canonname = name == nil ? nil : UnsafeMutablePointer(bitPattern: UInt(text))
        var isStored = unsafe (try? ApplicationBuffer(at: place, count: Self.size).store(info)) != nil
        isStored = isStored && store(address, kind.port, at: end)
        if let name {
            let copied = name.withTerminatedBytes { bytes in
                (try? ApplicationBuffer(at: text, count: bytes.byteCount))?.write(bytes, at: 0) == bytes.byteCount
            }
            isStored = isStored && copied
        }
        if isStored, last != 0 { isStored = link(last, to: place) }
        guard isStored else {
            _ = unsafe ApplicationHeap.deallocate(block)
            throw NameError(.badAddress)
        }
        if first == 0 { first = place }
        last = place
    }

    private func store(_ address: IPAddress, _ port: Port, at place: UInt64) -> Bool {
        var bytes = InlineArray<28, UInt8>(repeating: 0)
        let scope = scope
        let count = bytes.withMutableBytes(0..<28) { span in
            var writer = PacketWriter(span._mutatingExtracting(0..<28))
            writer.append(UInt8(address.isV6 ? 28 : 16))
            writer.append(UInt8(address.isV6 ? HERMIT_AF_INET6 : HERMIT_AF_INET))
            writer.append(port.number)
            switch address {
            case .v4(let four):
                writer.append(four)
                writer.append(zeros: 8)
            case .v6(let six):
                writer.append(zeros: 4)
                writer.append(six)
                writer.append(scope.byteSwapped)
            }
            return writer.count
        }
        return bytes.withBytes(0..<count) { bytes in
            (try? ApplicationBuffer(at: place, count: count))?.write(bytes, at: 0) == count
        }
    }

    private func link(_ element: UInt64, to next: UInt64) -> Bool {
        (try? ApplicationBuffer(at: element + Self.nextOffset, count: 8).store(next)) != nil
    }

    /// Hands the list to the application.
    ///
    /// - Throws: HERMIT_EAI_SYSTEM: its place can't be written.
    mutating func hand(to place: UInt64) throws(NameError) {
        do throws(Errno) { try ApplicationBuffer(at: place, count: 8).store(first) } catch {
            throw NameError(error)
        }
        first = 0
    }

    /// Gives a list back, or a part of one. What is none ends it.
    static func free(_ first: UInt64) {
        var place = first
        while place != 0 {
            var info = unsafe hermit_addrinfo()
            guard let buffer = try? ApplicationBuffer(at: place, count: size),
                unsafe (try? buffer.load(into: &info)) != nil,
                let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(place))
            else { return setErrno(.badAddress) }
            guard unsafe ApplicationHeap.deallocate(block) else { return setErrno(.invalidArgument) }
            place = unsafe UInt64(UInt(bitPattern: info.ai_next))
        }
    }
}

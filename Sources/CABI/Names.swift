import CHermit
import KernelMain
import KernelNames
import KernelNetwork
import KernelSupport
import KernelWire

// hermit/network.h: names of hosts and services.

/// What a function of names returns in place of 0.
struct NameError: Error {
    /// HERMIT_EAI_*.
    let number: Int32
    var errno: Errno? = nil

    init(_ number: Int32) { self.number = number }

    /// - Parameter error: What HERMIT_EAI_SYSTEM does not say.
    init(_ error: Errno) {
        number = error == .noMemory ? HERMIT_EAI_MEMORY : HERMIT_EAI_SYSTEM
        errno = error
    }

    init(_ failure: NameFailure) {
        switch failure {
        case .noName: self.init(HERMIT_EAI_NONAME)
        case .noAddress: self.init(HERMIT_EAI_NODATA)
        case .noAnswer: self.init(HERMIT_EAI_AGAIN)
        case .failed(let error): self.init(error)
        }
    }
}

/// The end of a function of names.
private func outcome(_ body: () throws(NameError) -> Void) -> Int32 {
    do throws(NameError) {
        try body()
        return 0
    } catch {
        if let errno = error.errno { setErrno(errno) }
        return error.number
    }
}

/// Runs `body`, whose errors are of memory that is not there.
private func reading<Value>(_ body: () throws(Errno) -> Value) throws(NameError) -> Value {
    do throws(Errno) { return try body() } catch { throw NameError(error) }
}

private func looking(_ body: () throws(NameFailure) -> Void) throws(NameError) {
    do throws(NameFailure) { try body() } catch { throw NameError(error) }
}

// MARK: - Addresses by names

/// What `sys_getaddrinfo` is asked for.
private struct AddressWishes {
    var flags: Int32 = 0
    var family = HERMIT_AF_UNSPEC
    var type: Int32 = 0
    var protocolNumber: Int32 = 0

    private static let allFlags =
        HERMIT_AI_PASSIVE | HERMIT_AI_CANONNAME | HERMIT_AI_NUMERICHOST | HERMIT_AI_V4MAPPED
        | HERMIT_AI_ALL | HERMIT_AI_ADDRCONFIG | HERMIT_AI_NUMERICSERV | HERMIT_AI_NOINTR

    init(_ hints: UInt64, hasName: Bool) throws(NameError) {
        guard hints != 0 else { return }
        let known = try reading { () throws(Errno) in
            var info = unsafe hermit_addrinfo()
            try unsafe ApplicationBuffer(at: hints, count: MemoryLayout<hermit_addrinfo>.size).load(into: &info)
            return unsafe (info.ai_flags, info.ai_family, info.ai_socktype, info.ai_protocol)
        }
        (flags, family, type, protocolNumber) = known
        guard flags & ~Self.allFlags == 0, hasName || !has(HERMIT_AI_CANONNAME) else {
            throw NameError(HERMIT_EAI_BADFLAGS)
        }
        switch family {
        case HERMIT_AF_UNSPEC, HERMIT_AF_INET, HERMIT_AF_INET6: break
        default: throw NameError(HERMIT_EAI_FAMILY)
        }
    }

    func has(_ flag: Int32) -> Bool { flags & flag != 0 }

    /// Addresses of IPv4 are told as those of IPv6.
    var mapsV4: Bool { family == HERMIT_AF_INET6 && has(HERMIT_AI_V4MAPPED) }

    /// Which addresses are of use.
    var families: DNSFamilies {
        switch family {
        case HERMIT_AF_INET: .v4
        case HERMIT_AF_INET6: mapsV4 ? .all : .v6
        default: .all
        }
    }

    /// An address as it is told; `nil`: it is of no use.
    func shape(_ address: IPAddress) -> IPAddress? {
        switch (address, family) {
        case (.v4(let four), HERMIT_AF_INET6): mapsV4 ? .v6(IPv6Address(mapping: four)) : nil
        case (.v6(let six), HERMIT_AF_INET): six.mapped.map { .v4($0) }
        default: address
        }
    }
}

@c @implementation
public func sys_getaddrinfo(
    _ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!,
    _ hints: UnsafePointer<hermit_addrinfo>!,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<hermit_addrinfo>?>!
) -> Int32 {
    let (name, service) = unsafe (address(name), address(service))
    let (hints, result) = unsafe (address(hints), address(result))
    return outcome { () throws(NameError) in
        guard name != 0 || service != 0 else { throw NameError(HERMIT_EAI_NONAME) }
        let wishes = try AddressWishes(hints, hasName: name != 0)
        var list = AddressList(flags: wishes.flags)
        list.kinds = try socketKinds(wishes, service)
        if name == 0 {
            try addOwn(to: &list, wishes)
        } else if try !addNumeric(to: &list, name, wishes) {
            guard !wishes.has(HERMIT_AI_NUMERICHOST) else { throw NameError(HERMIT_EAI_NONAME) }
            try addNamed(to: &list, name, wishes)
        }
        try list.hand(to: result)
    }
}

/// The sockets that addresses are for, with the service's port.
@inline(never)
private func socketKinds(
    _ wishes: AddressWishes, _ service: UInt64
) throws(NameError) -> SocketKinds {
    var kinds = SocketKinds(type: wishes.type, protocolNumber: wishes.protocolNumber)
    if kinds.isEmpty {
        throw NameError(wishes.type != 0 ? HERMIT_EAI_SOCKTYPE : HERMIT_EAI_SERVICE)
    }
    guard service != 0 else { return kinds }
    let text = try TextArgument(at: service, tooLong: HERMIT_EAI_SERVICE)
    let isFound = text.withBytes { bytes in
        if let number = NumericHost.number(bytes) {
            guard let port = UInt16(exactly: number) else { return false }
            kinds.set(Port(port))
            return true
        }
        if wishes.has(HERMIT_AI_NUMERICSERV) { return false }
        return kinds.set { Services.port(of: bytes, $0) }
    }
    guard isFound else {
        throw NameError(wishes.has(HERMIT_AI_NUMERICSERV) ? HERMIT_EAI_NONAME : HERMIT_EAI_SERVICE)
    }
    return kinds
}

/// The host itself.
private func addOwn(to list: inout AddressList, _ wishes: AddressWishes) throws(NameError) {
    let isPassive = wishes.has(HERMIT_AI_PASSIVE)
    if wishes.family != HERMIT_AF_INET {
        try list.append(.v6(isPassive ? .unspecified : .loopback))
    }
    if wishes.family != HERMIT_AF_INET6 {
        try list.append(.v4(isPassive ? .unspecified : .loopback))
    }
}

/// An address in place of a name.
///
/// - Returns: Whether it is one.
@inline(never)
private func addNumeric(
    to list: inout AddressList, _ name: UInt64, _ wishes: AddressWishes
) throws(NameError) -> Bool {
    let text = try TextArgument(at: name, tooLong: HERMIT_EAI_NONAME)
    guard let host = text.withBytes({ NumericHost($0) }) else { return false }
    guard let address = wishes.shape(host.address) else { throw NameError(HERMIT_EAI_NONAME) }
    list.scope = host.scope
    if wishes.has(HERMIT_AI_CANONNAME) { list.canonicalName = text }
    try list.append(address)
    return true
}

/// What a name's lookup finds. What is large has frames of its own, in which nothing waits.
private func addNamed(
    to list: inout AddressList, _ name: UInt64, _ wishes: AddressWishes
) throws(NameError) {
    let lookup = try makeLookup(ignoresSignals: wishes.has(HERMIT_AI_NOINTR))
    try prepare(lookup, name, wishes.families)
    try looking { () throws(NameFailure) in
        try lookup.find(onlyConfigured: wishes.has(HERMIT_AI_ADDRCONFIG))
    }
    try add(lookup, to: &list, wishes)
}

@inline(never)
private func prepare(
    _ lookup: borrowing NameLookup, _ name: UInt64, _ families: DNSFamilies
) throws(NameError) {
    let text = try TextArgument(at: name, tooLong: HERMIT_EAI_NONAME)
    do throws(NameFailure) {
        try text.withBytes { (bytes) throws(NameFailure) in try lookup.prepare(bytes, families) }
    } catch { throw NameError(error) }
}

@inline(never)
private func add(
    _ lookup: borrowing NameLookup, to list: inout AddressList, _ wishes: AddressWishes
) throws(NameError) {
    if wishes.has(HERMIT_AI_CANONNAME) {
        list.canonicalName = TextArgument { lookup.emitCanonicalName(into: &$0) }
    }
    // Those of IPv4 are in place of others, unless all are wanted.
    var leavesOut = false
    if wishes.mapsV4, !wishes.has(HERMIT_AI_ALL) {
        for index in 0..<lookup.count where lookup[index].isV6 { leavesOut = true }
    }
    for index in 0..<lookup.count where !leavesOut || lookup[index].isV6 {
        if let address = wishes.shape(lookup[index]) { try list.append(address) }
    }
    guard !list.isEmpty else { throw NameError(HERMIT_EAI_NODATA) }
}

@inline(never)
private func makeLookup(ignoresSignals: Bool) throws(NameError) -> NameLookup {
    do throws(NameFailure) { return try NameLookup(ignoresSignals: ignoresSignals) } catch {
        throw NameError(error)
    }
}

@c @implementation
public func sys_freeaddrinfo(_ list: UnsafeMutablePointer<hermit_addrinfo>!) {
    unsafe AddressList.free(address(list))
}

@c @implementation
public func sys_getaddrbyname(
    _ name: UnsafePointer<CChar>!, _ addresses: UnsafeMutablePointer<UInt8>!, _ length: Int
) -> Int32 {
    let (name, target) = unsafe (address(name), address(addresses))
    return result { () throws(Errno) -> Int32 in
        guard length >= 0, length % 4 == 0 else { throw .invalidArgument }
        do throws(NameError) {
            return try hostAddresses(name, at: target, most: length / 4)
        } catch {
            let isSilence = error.number == HERMIT_EAI_AGAIN
            throw error.errno ?? (isSilence ? .resourceTemporarilyUnavailable : .noSuchFileOrDirectory)
        }
    }
}

/// Stores a host's addresses of IPv4; how many.
private func hostAddresses(_ name: UInt64, at target: UInt64, most: Int) throws(NameError) -> Int32 {
    if let host = try numericHost(name) {
        guard case .v4(let address) = host else { throw NameError(HERMIT_EAI_NONAME) }
        guard most > 0 else { return 0 }
        try store(address, at: target)
        return 1
    }
    let lookup = try makeLookup(ignoresSignals: false)
    try prepare(lookup, name, .v4)
    try looking { () throws(NameFailure) in try lookup.find(onlyConfigured: false) }
    let count = min(lookup.count, most)
    for index in 0..<count {
        if case .v4(let address) = lookup[index] { try store(address, at: target + UInt64(4 * index)) }
    }
    return Int32(count)
}

@inline(never)
private func numericHost(_ name: UInt64) throws(NameError) -> IPAddress? {
    let text = try TextArgument(at: name, tooLong: HERMIT_EAI_NONAME)
    return text.withBytes { NumericHost($0)?.address }
}

private func store(_ address: IPv4Address, at place: UInt64) throws(NameError) {
    try reading { () throws(Errno) in
        try ApplicationBuffer(at: place, count: 4).store(address.bits.byteSwapped)
    }
}

// MARK: - Names by addresses

@c @implementation
public func sys_getnameinfo(
    _ address: UnsafePointer<hermit_sockaddr>!, _ length: hermit_socklen_t,
    _ rooms: UnsafePointer<hermit_namerooms>!, _ flags: Int32
) -> Int32 {
    let (source, rooms) = unsafe (KernelABI.address(address), KernelABI.address(rooms))
    return outcome { () throws(NameError) in
        let (host, service) = try reading { () throws(Errno) in
            var known = unsafe hermit_namerooms()
            try unsafe ApplicationBuffer(at: rooms, count: MemoryLayout<hermit_namerooms>.size).load(into: &known)
            return unsafe (
                NamePlace(KernelABI.address(known.host), known.host_length),
                NamePlace(KernelABI.address(known.service), known.service_length)
            )
        }
        let all =
            HERMIT_NI_NUMERICHOST | HERMIT_NI_NUMERICSERV | HERMIT_NI_NOFQDN | HERMIT_NI_NAMEREQD
            | HERMIT_NI_DGRAM | HERMIT_NI_NOINTR
        guard flags & ~all == 0 else { throw NameError(HERMIT_EAI_BADFLAGS) }
        guard host.isWanted || service.isWanted else { throw NameError(HERMIT_EAI_NONAME) }
        let end = try KnownEnd(at: source, length)
        if host.isWanted { try storeHost(end, flags, host) }
        if service.isWanted { try storeService(end.port, flags, service) }
    }
}

/// A host's name, or its address.
private func storeHost(_ end: KnownEnd, _ flags: Int32, _ place: NamePlace) throws(NameError) {
    let needsName = flags & HERMIT_NI_NAMEREQD != 0
    if flags & HERMIT_NI_NUMERICHOST == 0 {
        let lookup = try makeLookup(ignoresSignals: flags & HERMIT_NI_NOINTR != 0)
        do throws(NameFailure) {
            try lookup.findName(of: end.address)
        } catch {
            if case .failed = error { throw NameError(error) }
            guard !needsName else {
                throw NameError(error == .noAnswer ? HERMIT_EAI_AGAIN : HERMIT_EAI_NONAME)
            }
            return try place.store(TextArgument { end.emitText(into: &$0) })
        }
        return try store(lookup, isShort: flags & HERMIT_NI_NOFQDN != 0, place)
    }
    guard !needsName else { throw NameError(HERMIT_EAI_NONAME) }
    try place.store(TextArgument { end.emitText(into: &$0) })
}

@inline(never)
private func store(
    _ lookup: borrowing NameLookup, isShort: Bool, _ place: NamePlace
) throws(NameError) {
    try place.store(TextArgument { lookup.emitCanonicalName(into: &$0, isShort: isShort) })
}

/// A service's name, or its port.
@inline(never)
private func storeService(_ port: Port, _ flags: Int32, _ place: NamePlace) throws(NameError) {
    try place.store(
        TextArgument { writer in
            if flags & HERMIT_NI_NUMERICSERV == 0 {
                Services.emitName(of: port, flags & HERMIT_NI_DGRAM != 0 ? .udp : .tcp, into: &writer)
            }
            if writer.count == 0 { writer.append(decimal: UInt32(port.number)) }
        })
}

// MARK: - Errors

@c @implementation
public func sys_gai_strerror(_ error: Int32) -> UnsafePointer<CChar>! {
    let text: StaticString =
        switch error {
        case 0: "no error\0"
        case HERMIT_EAI_AGAIN: "the name server does not answer; try again\0"
        case HERMIT_EAI_BADFLAGS: "invalid flags\0"
        case HERMIT_EAI_FAIL: "the name server failed\0"
        case HERMIT_EAI_FAMILY: "address family not supported\0"
        case HERMIT_EAI_MEMORY: "not enough memory\0"
        case HERMIT_EAI_NODATA: "the host has no address\0"
        case HERMIT_EAI_NONAME: "no such host or service\0"
        case HERMIT_EAI_SERVICE: "service not available for this type of socket\0"
        case HERMIT_EAI_SOCKTYPE: "type of socket not supported\0"
        case HERMIT_EAI_SYSTEM: "system error; errno says which\0"
        case HERMIT_EAI_OVERFLOW: "result too long\0"
        default: "unknown error\0"
        }
    return unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

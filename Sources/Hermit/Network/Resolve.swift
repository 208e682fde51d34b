import CHermit

/// Why a name has led to no address.
public enum NameError: Error, Equatable, Sendable {
    /// There is no such host, or no such service.
    case noSuchHost, noSuchService
    /// The host has no address of the kind.
    case noAddress
    /// No server of names answers; perhaps it does later.
    case serversKeepSilent
    case serverFailed
    case system(SystemError)

    /// What `sys_getaddrinfo` returns.
    fileprivate init(_ number: Int32) {
        switch number {
        case HERMIT_EAI_AGAIN: self = .serversKeepSilent
        case HERMIT_EAI_FAIL: self = .serverFailed
        case HERMIT_EAI_MEMORY: self = .system(.noMemory)
        case HERMIT_EAI_NODATA: self = .noAddress
        case HERMIT_EAI_SERVICE: self = .noSuchService
        case HERMIT_EAI_SYSTEM: self = .system(SystemError(rawValue: sys_errno()))
        default: self = .noSuchHost
        }
    }
}

extension NameError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchHost: "no such host"
        case .noSuchService: "no such service"
        case .noAddress: "the host has no address"
        case .serversKeepSilent: "the name server does not answer"
        case .serverFailed: "the name server failed"
        case .system(let error): error.description
        }
    }
}

/// The addresses of a host by its name, in the order in which they are to be tried (RFC 6724).
/// Blocks, for as long as servers are waited for.
///
/// - Parameters:
///   - host: A name, or an address as text.
///   - port: Of the addresses.
/// - Throws: Where there is none.
///
/// The corresponding C function is `sys_getaddrinfo`.
public func resolve(_ host: String, port: UInt16 = 0) throws(NameError) -> [SocketAddress] {
    try resolve(host, service: String(port))
}

/// The same with a service's name, as `http`.
public func resolve(_ host: String, service: String) throws(NameError) -> [SocketAddress] {
    var hints = unsafe hermit_addrinfo()
    unsafe hints.ai_socktype = HERMIT_SOCK_STREAM
    var list: UnsafeMutablePointer<hermit_addrinfo>? = nil
    let result = unsafe FilePath(host).withCString { host in
        unsafe FilePath(service).withCString { service in unsafe sys_getaddrinfo(host, service, &hints, &list) }
    }
    guard result == 0 else { throw NameError(result) }
    defer { unsafe sys_freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let one = unsafe next {
        let bytes = unsafe UnsafeRawBufferPointer(start: one.pointee.ai_addr, count: Int(one.pointee.ai_addrlen))
        if let address = unsafe SocketAddress(bytes) { addresses.append(address) }
        unsafe next = one.pointee.ai_next
    }
    return addresses
}

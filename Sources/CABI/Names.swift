import CHermit
import KernelSupport

// hermit/network.h: names of hosts.

@c @implementation
public func sys_getaddrbyname(
    _ name: UnsafePointer<CChar>!, _ addresses: UnsafeMutablePointer<UInt8>!, _ length: Int
) -> Int32 { notBuilt() }

@c @implementation
public func sys_getaddrinfo(
    _ name: UnsafePointer<CChar>!, _ service: UnsafePointer<CChar>!,
    _ hints: UnsafePointer<hermit_addrinfo>!,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<hermit_addrinfo>?>!
) -> Int32 {
    notBuilt()
    return HERMIT_EAI_SYSTEM
}

/// A list of no elements is given back by doing nothing; there are no others.
@c @implementation
public func sys_freeaddrinfo(_ list: UnsafeMutablePointer<hermit_addrinfo>!) {
    if unsafe list != nil { notBuilt() }
}

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

import KernelSupport
import KernelWire

/// Ports that a host chooses itself (RFC 6056).
public enum PortSelection {
    /// IANA's dynamic ports, and more: Linux's range.
    public static var range: ClosedRange<UInt16> { 32_768...60_999 }

    /// A port for a connection to `remote`: RFC 6056, 3.3.3's, an offset that only this
    /// host can know for these ends, and a counter, so that a port comes again late.
    ///
    /// - Parameters:
    ///   - counter: The caller's, which goes on with each call.
    ///   - isFree: Whether a port can be had.
    /// - Throws: `EADDRNOTAVAIL` when none is free.
    public static func connection(
        from local: IPAddress, to remote: Endpoint, key: SipKey, counter: inout UInt16,
        isFree: (Port) -> Bool
    ) throws(Errno) -> Port {
        var hash = SipHash(key: key)
        hash.combine(local)
        hash.combine(remote.address)
        hash.combine(UInt64(remote.port.number))
        let offset = hash.finish()
        let number = UInt64(range.upperBound &- range.lowerBound) &+ 1
        var tried: UInt64 = 0
        while tried < number {
            counter &+= 1
            let port = Port(
                range.lowerBound &+ UInt16(truncatingIfNeeded: (offset &+ UInt64(counter)) % number))
            if isFree(port) { return port }
            tried &+= 1
        }
        throw .addressNotAvailable
    }

    /// A port by chance (3.3.1), for datagrams: an answer's port is not to be guessed.
    ///
    /// - Throws: `EADDRINUSE` when none is free.
    public static func random(
        from generator: inout some RandomNumberGenerator, isFree: (Port) -> Bool
    ) throws(Errno) -> Port {
        let number = UInt64(range.upperBound &- range.lowerBound) &+ 1
        let start = generator.next() % number
        var tried: UInt64 = 0
        while tried < number {
            let port = Port(range.lowerBound &+ UInt16(truncatingIfNeeded: (start &+ tried) % number))
            if isFree(port) { return port }
            tried &+= 1
        }
        throw .addressInUse
    }
}

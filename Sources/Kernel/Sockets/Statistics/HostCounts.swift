import CMachine
import KernelMachine
import KernelMain
import KernelNetwork
import KernelWire

/// What sockets count, for each core apart, so that counting takes neither a lock nor an atomic
/// operation: the core that runs adds to its own, and who reads adds all up.
///
/// Interrupts are off where something is counted. Where they are not by chance, a count may be lost.
enum HostCounts {
    /// Of one version of IP. A packet for this host itself is one that leaves, and one that comes.
    struct Version: BitwiseCopyable {
        /// Packets for this host: segments of TCP, others, and the bytes of all with their headers.
        var localSegments: UInt64 = 0
        var localOthers: UInt64 = 0
        var localBytes: UInt64 = 0
        /// Segments for others, and the datagrams of IP in which they are handed on.
        var remoteSegments: UInt64 = 0
        var remoteRequests: UInt64 = 0
        var outNoRoutes: UInt64 = 0
        /// Copies of datagrams for groups that leave, for this host's own members.
        var looped: UInt64 = 0
        /// Datagrams of UDP.
        var inDatagrams: UInt64 = 0
        var outDatagrams: UInt64 = 0
        var noPorts: UInt64 = 0
        var withoutRoom: UInt64 = 0
        var ignoredGroups: UInt64 = 0
    }

    /// Of TCP, whatever the version.
    struct Connections: BitwiseCopyable {
        var activeOpens: UInt64 = 0
        var passiveOpens: UInt64 = 0
        var failedAttempts: UInt64 = 0
        var establishedResets: UInt64 = 0
        var retransmitted: UInt64 = 0
        var outResets: UInt64 = 0
    }

    /// Bytes of a core's record, and where in it is what.
    private static var stride: UInt { 512 }
    private static var versionSize: UInt { 128 }
    private static var connectionsOffset: UInt { 256 }

    /// Where the first core's is, once there is a socket.
    nonisolated(unsafe) private static var base: UInt = 0
    nonisolated(unsafe) private static var coreCount = 0
    static var cores: Int { unsafe coreCount }

    /// - Returns: `false`: there is no memory.
    static func start() -> Bool {
        if unsafe base != 0 { return true }
        let count = KernelServices.processorCount
        let size = count * Int(stride)
        guard let block = unsafe kernelHeapAllocate(size, Int(stride)) else { return false }
        unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let flags = SocketState.enter()
        let isFirst = unsafe base == 0
        if isFirst {
            unsafe coreCount = count
            unsafe base = UInt(bitPattern: block)
        }
        SocketState.leave(flags)
        if !isFirst { unsafe kernelHeapDeallocate(block) }
        return true
    }

    @inline(__always)
    private static var own: UInt { unsafe base &+ UInt(truncatingIfNeeded: machine_core_identifier()) &* stride }

    /// This core's, itself and not a copy.
    static subscript(isV6 isV6: Bool) -> Version {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(version(own, isV6)) }
        @inline(__always) unsafeMutableAddress { unsafe version(own, isV6) }
    }

    static var tcp: Connections {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(connections(own)) }
        @inline(__always) unsafeMutableAddress { unsafe connections(own) }
    }

    /// Another one's, or the own.
    static func version(ofCore core: Int, isV6: Bool) -> Version {
        unsafe version(base &+ UInt(core) &* stride, isV6).pointee
    }

    static func connections(ofCore core: Int) -> Connections {
        unsafe connections(base &+ UInt(core) &* stride).pointee
    }

    @inline(__always)
    private static func version(_ record: UInt, _ isV6: Bool) -> UnsafeMutablePointer<Version> {
        unsafe UnsafeMutablePointer(bitPattern: record &+ (isV6 ? versionSize : 0)).unsafelyUnwrapped
    }

    @inline(__always)
    private static func connections(_ record: UInt) -> UnsafeMutablePointer<Connections> {
        unsafe UnsafeMutablePointer(bitPattern: record &+ connectionsOffset).unsafelyUnwrapped
    }
}

extension HostCounts {
    /// The least header of IP, with that of TCP, UDP or ICMP.
    private static func headers(isV6: Bool, _ own: Int) -> Int {
        own &+ (isV6 ? IPv6Header.length : IPv4Header.minimumLength)
    }

    /// A segment goes to this host itself.
    @inline(__always)
    static func countLocal(_ segment: TCP.Segment, isV6: Bool) {
        var bytes = Int(segment.count) &+ headers(isV6: isV6, TCPHeader.minimumLength)
        if segment.flags.isDisjoint(with: [.syn, .rst]), segment.options.selectiveAcknowledgments.count == 0 {
            // What most have.
            bytes &+= segment.options.timestamps == nil ? 0 : 12
        } else {
            bytes &+= segment.options.encodedLength
            if segment.flags.contains(.rst) { tcp.outResets &+= 1 }
        }
        self[isV6: isV6].localSegments &+= 1
        self[isV6: isV6].localBytes &+= UInt64(truncatingIfNeeded: bytes)
    }

    /// A segment goes to another host, in several on the wire where it is longer than `size`.
    @inline(__always)
    static func countRemote(_ segment: TCP.Segment, size: Int, isV6: Bool) {
        let count = Int(segment.count)
        let pieces = count <= size ? 1 : (count &+ size &- 1) / max(size, 1)
        self[isV6: isV6].remoteSegments &+= UInt64(truncatingIfNeeded: pieces)
        self[isV6: isV6].remoteRequests &+= 1
        if segment.flags.contains(.rst) { tcp.outResets &+= 1 }
    }

    /// A datagram of UDP goes to this host itself.
    static func countLocalDatagram(_ length: Int, isV6: Bool) {
        self[isV6: isV6].outDatagrams &+= 1
        countLocalPacket(length &+ UDPHeader.length, isV6: isV6)
    }

    /// A packet goes to this host itself that is none of TCP's.
    ///
    /// - Parameter length: Bytes behind the header of IP.
    static func countLocalPacket(_ length: Int, isV6: Bool) {
        self[isV6: isV6].localOthers &+= 1
        self[isV6: isV6].localBytes &+= UInt64(truncatingIfNeeded: headers(isV6: isV6, length))
    }

    /// Counts with interrupts off, where they may be on.
    static func count(_ body: () -> Void) {
        let flags = machine_disable_interrupts()
        body()
        machine_restore_interrupts(flags)
    }

    /// How connections have ended that were or were to be.
    @inline(__always)
    static func count(_ events: TCP.Events) {
        if events.contains(.lostEstablished) { tcp.establishedResets &+= 1 }
        if events.contains(.failedAttempt) { tcp.failedAttempts &+= 1 }
    }
}

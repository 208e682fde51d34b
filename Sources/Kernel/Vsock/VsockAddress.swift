/// An end of a connection: a context, which is the host or a machine, and a port of it
/// (virtio 1.2, 5.10.4; Linux, vsock(7)).
public struct VsockAddress: Equatable, Sendable, BitwiseCopyable {
    public var context: UInt32
    public var port: UInt32

    /// Any context (VMADDR_CID_ANY), and this machine itself (VMADDR_CID_LOCAL).
    public static let anyContext = UInt32.max
    public static let localContext: UInt32 = 1
    /// Any port, or one of the system's choice (VMADDR_PORT_ANY).
    public static let anyPort = UInt32.max
    /// Ports up to this one are not chosen by the system (Linux).
    public static let lastReservedPort: UInt32 = 1023

    public init(context: UInt32, port: UInt32) {
        self.context = context
        self.port = port
    }

    public static let any = Self(context: anyContext, port: anyPort)
}

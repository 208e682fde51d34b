import KernelVirtio

/// The PCI buses of the machine, as far as there are some: bus 0, and those that the
/// firmware has put behind bridges. No other bus is asked for anything.
enum FunctionSearch {
    private enum Register {
        static let identity: UInt8 = 0x00
        static let kind: UInt8 = 0x0C
        static let buses: UInt8 = 0x18
        static let subsystem: UInt8 = 0x2C
    }
    /// The bit of a device with more than one function, and the type of a bridge's header.
    private static let hasMore: UInt32 = 1 << 23
    private static let headerType: UInt32 = 0x7F << 16
    private static let bridge: UInt32 = 1 << 16
    /// Buses in a row.
    private static let deepest = 4

    /// A function that is a device of the kind; `nil`: there is none.
    ///
    /// - Parameter left: How many of the kind are passed over.
    static func find(_ kind: DeviceKind, _ left: inout Int) -> ConfigurationSpace? {
        guard ConfigurationSpace(bus: 0, device: 0, function: 0).isThere else { return nil }
        return find(kind, &left, on: 0, deepest)
    }

    private static func find(
        _ kind: DeviceKind, _ left: inout Int, on bus: UInt32, _ depth: Int
    ) -> ConfigurationSpace? {
        for device in 0..<32 as Range<UInt32> {
            var function: UInt32 = 0
            var last: UInt32 = 0
            while function <= last {
                let space = ConfigurationSpace(bus: bus, device: device, function: function)
                function += 1
                let identity = space.read(Register.identity)
                if identity == .max { continue }
                let subsystem = space.read(Register.subsystem)
                if FunctionIdentity(identity: identity, subsystem: subsystem).kind == kind.rawValue {
                    if left == 0 { return space }
                    left -= 1
                }
                let header = space.read(Register.kind)
                if header & hasMore != 0 { last = 7 }
                if header & headerType == bridge {
                    let behind = space.read(Register.buses) >> 8 & 0xFF
                    if depth > 0, behind > bus, let found = find(kind, &left, on: behind, depth - 1) {
                        return found
                    }
                }
            }
        }
        return nil
    }
}

import KernelFiles
import KernelNetwork
import KernelSupport
import KernelWire

/// Services by name and by port: those of /etc/services, and those that are known without it.
public enum Services {
    private static let longest = 1 << 20

    /// The port of a service; `nil`: it has none of the protocol.
    public static func port(of name: RawSpan, _ transport: DNSTransport) -> Port? {
        if let file = FileContents("/etc/services", most: longest),
            let port = file.withBytes({ ServicesFile($0).port(of: name, transport) })
        {
            return port
        }
        return ServicesFile.known.withBytes { ServicesFile($0).port(of: name, transport) }
    }

    /// Appends the name of a port's service; nothing where there is none.
    @_lifetime(writer: copy writer)
    public static func emitName(
        of port: Port, _ transport: DNSTransport, into writer: inout PacketWriter
    ) {
        let start = writer.count
        if let file = FileContents("/etc/services", most: longest) {
            file.withBytes { writer.append(contentsOf: ServicesFile($0).name(of: port, transport)) }
        }
        guard writer.count == start, writer.isWhole else { return }
        ServicesFile.known.withBytes { writer.append(contentsOf: ServicesFile($0).name(of: port, transport)) }
    }
}

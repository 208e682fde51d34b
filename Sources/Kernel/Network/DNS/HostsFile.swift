import KernelSupport
import KernelWire

/// A file such as /etc/hosts: lines of an address, a name, and other names. It is
/// read anew for each name; nothing of it is kept.
public struct HostsFile: ~Escapable {
    private let text: RawSpan

    @_lifetime(copy text)
    public init(_ text: RawSpan) { self.text = text }

    /// Adds the addresses of all lines with the name.
    ///
    /// - Returns: The first name of the first such line; `nil`: there is none of an address
    ///   that is wanted.
    public func find(
        _ name: borrowing DomainName, _ families: DNSFamilies, into addresses: inout DNSAddresses
    ) -> DomainName? {
        var first: DomainName?
        var lines = TextFields(text)
        while lines.nextLine() {
            guard let field = lines.next(), let address = IPAddress(text: field), families.contains(address) else {
                continue
            }
            var canonical: DomainName?
            while let field = lines.next() {
                guard let other = DomainName(text: field) else { continue }
                if canonical == nil { canonical = other }
                guard other == name else { continue }
                addresses.append(address)
                if first == nil { first = canonical }
                break
            }
        }
        return first
    }

    /// The first name of the first line of an address; `nil`: there is none.
    public func name(of address: IPAddress) -> DomainName? {
        var lines = TextFields(text)
        while lines.nextLine() {
            guard let field = lines.next(), let other = IPAddress(text: field), other == address else { continue }
            while let field = lines.next() {
                if let name = DomainName(text: field), !name.isRoot { return name }
            }
        }
        return nil
    }
}

import Foundation

/// The addresses that the guest's network card gets in place of what DHCP would tell.
public struct GuestAddresses: Equatable, Sendable {
    /// `ADDRESS/PREFIX`.
    public let addresses: [String]
    public let gateways: [String]
    public let servers: [String]

    /// - Parameters: Lists with commas, as the options have them.
    /// - Throws: One is no address, or they do not go together.
    public init(ip: String? = nil, gateway: String? = nil, dns: String? = nil) throws {
        addresses = try Self.list(ip, option: "--ip", most: 8, example: "10.0.0.2/24 or fd00::2/64") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let address = Address(parts[0]), address.isHost, !address.isLoopback,
                let length = Int(parts[1]), String(length) == parts[1]
            else { return false }
            return (0...address.bits).contains(length)
        }
        gateways = try Self.list(gateway, option: "--gateway", most: 2, example: "10.0.0.1") { text in
            Address(text).map { $0.isHost && !$0.isLoopback } ?? false
        }
        servers = try Self.list(dns, option: "--dns", most: 4, example: "10.0.0.1") { text in
            Address(text)?.isHost ?? false
        }
        guard gateways.isEmpty || !addresses.isEmpty else {
            throw ToolError("--gateway: without --ip the network tells its own")
        }
        for gateway in gateways where !addresses.contains(where: { $0.contains(":") == gateway.contains(":") }) {
            throw ToolError("--gateway: there is no address of the version of \(gateway) in --ip")
        }
        guard Set(gateways.map { $0.contains(":") }).count == gateways.count else {
            throw ToolError("--gateway takes one address of each version")
        }
    }

    public var isEmpty: Bool { addresses.isEmpty && servers.isEmpty }

    /// The words of the boot line.
    var words: [String] {
        [("ip", addresses), ("gateway", gateways), ("dns", servers)].filter { !$0.1.isEmpty }
            .map { "\($0.0)=" + $0.1.joined(separator: ",") }
    }

    private static func list(
        _ text: String?, option: String, most: Int, example: String, _ isValid: (String) -> Bool
    ) throws -> [String] {
        guard let text else { return [] }
        let list = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for one in list where !isValid(one) { throw ToolError("\(option) takes an address as \(example), not '\(one)'") }
        guard list.count <= most else { throw ToolError("\(option) takes \(most) addresses at most") }
        return list
    }

    /// An address as the host's own functions read it.
    private struct Address {
        private var bytes: [UInt8]

        init?(_ text: String) {
            bytes = [UInt8](repeating: 0, count: 4)
            if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return }
            bytes = [UInt8](repeating: 0, count: 16)
            guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        }

        var bits: Int { bytes.count * 8 }

        /// Of one host: not none, and not of many.
        var isHost: Bool {
            guard bytes.contains(where: { $0 != 0 }), bytes.contains(where: { $0 != 0xff }) else { return false }
            return bits == 32 ? bytes[0] >> 4 != 0xe : bytes[0] != 0xff
        }

        var isLoopback: Bool {
            bits == 32 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
        }
    }
}

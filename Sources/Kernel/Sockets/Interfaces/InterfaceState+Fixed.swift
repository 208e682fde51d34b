import KernelMain
import KernelNetwork
import KernelSupport
import KernelWire

// What the boot line says of the network, for the first card.
extension InterfaceState {
    /// The configuration of the boot line. What is none is passed over, with a line for the log.
    @inline(never)
    static func readBootLine() -> FixedConfiguration {
        var configuration = FixedConfiguration()
        KernelServices.forEachNetworkWord { word, text in
            let isSome =
                switch word {
                case .address: configuration.addAddress(text)
                case .gateway: configuration.addGateway(text)
                case .server: configuration.addServer(text)
                }
            if !isSome { KernelServices.log(.error, "the boot line says of the network what can't be") }
        }
        return configuration
    }

    /// Gives the first card its addresses and routes.
    @inline(never)
    mutating func useFixed(at now: Instant) {
        guard cards.count > 0, !fixed.addresses.isEmpty else { return }
        let interface = cards[0].interface
        for index in 0..<fixed.addresses.count {
            let address = fixed.addresses[index]
            guard network.add(address, to: interface, at: now) else { continue }
            if case .v4(let four) = address.address { ask(four, from: four, by: interface) }
        }
        for index in 0..<fixed.gateways.count {
            let gateway = fixed.gateways[index]
            let all: IPAddress = gateway.isV6 ? .v6(.unspecified) : .v4(.unspecified)
            guard let prefix = AddressPrefix(all, length: 0) else { continue }
            network.routes.add(Route(prefix, interface: interface, gateway: gateway, origin: .fixed))
        }
    }

    /// Whether an address of the boot line is being asked for yet (RFC 4862, 5.4).
    var isProbing: Bool {
        guard cards.count > 0 else { return false }
        for index in 0..<fixed.addresses.count {
            let known = network.interfaces.span[cards[0].interface].addresses.find(fixed.addresses[index].address)
            if known?.state == .tentative { return true }
        }
        return false
    }
}

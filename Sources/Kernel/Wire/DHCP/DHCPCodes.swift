/// What a message of DHCP is for (RFC 2132, 9.6).
public enum DHCPMessageType: UInt8, Sendable, BitwiseCopyable {
    case discover = 1
    case offer, request, decline, acknowledgment, refusal, release, inform
}

/// The options that are asked for, read or sent.
enum DHCPOption {
    static let pad: UInt8 = 0
    static let subnetMask: UInt8 = 1
    static let routers: UInt8 = 3
    static let nameServers: UInt8 = 6
    static let hostName: UInt8 = 12
    static let domainName: UInt8 = 15
    static let interfaceMTU: UInt8 = 26
    static let broadcastAddress: UInt8 = 28
    static let requestedAddress: UInt8 = 50
    static let leaseTime: UInt8 = 51
    static let overload: UInt8 = 52
    static let messageType: UInt8 = 53
    static let serverIdentifier: UInt8 = 54
    static let parameterList: UInt8 = 55
    static let longestMessage: UInt8 = 57
    static let renewalTime: UInt8 = 58
    static let rebindingTime: UInt8 = 59
    static let clientIdentifier: UInt8 = 61
    /// RFC 3442.
    static let classlessRoutes: UInt8 = 121
    static let end: UInt8 = 255
}

/// Places in a message (RFC 2131, figure 1).
enum DHCPLayout {
    static let transaction = 4
    static let clientAddress = 12
    static let yourAddress = 16
    static let hardwareAddress = 28
    static let serverName = 44..<108
    static let file = 108..<236
    static let cookie = 236
    static let options = 240
    static let magic: UInt32 = 0x6382_5363
    /// As BOOTP has it (RFC 1542, 2.1); relays may drop what is shorter.
    static let shortest = 300
}

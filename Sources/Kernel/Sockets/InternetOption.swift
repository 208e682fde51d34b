/// The numbers of options (`hermit/network.h`), by their levels.
enum InternetOption {
    enum Level: Int32 {
        case ip = 0
        case tcp = 6
        case ipv6 = 41
        case icmpv6 = 58
        case raw = 255
        case socket = 4095
    }

    enum Socket: Int32 {
        case acceptsConnections = 0x0002
        case reusesAddress = 0x0004
        case keepsAlive = 0x0008
        case broadcasts = 0x0020
        case linger = 0x0080
        case sharesPort = 0x0200
        case tellsTime = 0x0400
        case sendSize = 0x1001
        case receiveSize = 0x1002
        case leastToSend = 0x1003
        case leastToReceive = 0x1004
        case sendLimit = 0x1005
        case receiveLimit = 0x1006
        case error = 0x1007
        case type = 0x1008
        case device = 0x100B
        case protocolNumber = 0x1016
        case family = 0x1019
        case tellsFineTime = 0x1025

        var bit: InternetOptions.Switches? {
            switch self {
            case .reusesAddress: .reusesAddress
            case .sharesPort: .sharesPort
            case .broadcasts: .broadcasts
            case .keepsAlive: .keepsAlive
            default: nil
            }
        }
    }

    enum Transport: Int32 {
        case noDelay = 1
        case greatestSegment = 2
        case cork = 3
        case idle = 4
        case interval = 5
        case probes = 6
        case deferral = 9
        case information = 11
        case quickAcknowledgments = 12
        case congestion = 13
        case userTimeout = 18
    }

    enum V4: Int32 {
        case typeOfService = 1
        case timeToLive = 2
        case join = 3
        case leave = 4
        case groupTimeToLive = 5
        case groupDevice = 6
        case groupLoop = 7
        case tellsPlace = 8
        case tellsTimeToLive = 12
        case tellsTypeOfService = 13
        case allGroups = 49

        var bit: InternetOptions.Switches? {
            switch self {
            case .tellsPlace: .tellsPlace
            case .tellsTimeToLive: .tellsTimeToLive
            case .tellsTypeOfService: .tellsTypeOfService
            default: nil
            }
        }
    }

    enum V6: Int32 {
        case join = 12
        case leave = 13
        case hopLimit = 16
        case groupDevice = 17
        case groupHopLimit = 18
        case groupLoop = 19
        case onlyV6 = 27
        case allGroups = 29
        case tellsPlace = 49
        case tellsHopLimit = 51
        case tellsTrafficClass = 66
        case trafficClass = 67

        var bit: InternetOptions.Switches? {
            switch self {
            case .tellsPlace: .tellsPlaceV6
            case .tellsHopLimit: .tellsHopLimit
            case .tellsTrafficClass: .tellsTrafficClass
            default: nil
            }
        }
    }
}

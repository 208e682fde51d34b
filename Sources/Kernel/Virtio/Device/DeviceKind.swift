/// The kinds of devices that there are drivers for (virtio 1.2, 5).
public enum DeviceKind: UInt16, Sendable {
    case network = 1
    case block = 2
    case console = 3
    case entropy = 4
    case socket = 19
    case fileSystem = 26
}

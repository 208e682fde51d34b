import KernelSupport

/// A message about a port of a console device (virtio 1.2, 5.3.6.2): eight bytes, and a
/// name behind them where it tells one.
public struct PortMessage: Equatable, Sendable, BitwiseCopyable {
    public enum Event: UInt16, Sendable, BitwiseCopyable {
        case deviceReady = 0
        case add = 1
        case remove = 2
        case portReady = 3
        case open = 6
        case name = 7
    }

    public let port: UInt32
    public let event: Event
    public let value: UInt16

    public static let size = 8

    public init(port: UInt32, _ event: Event, value: UInt16) {
        self.port = port
        self.event = event
        self.value = value
    }

    /// `nil`: it is cut off, or of no event that matters.
    public init?(_ bytes: RawSpan) {
        guard let port = bytes.value(at: 0, as: UInt32.self), let value = bytes.value(at: 6, as: UInt16.self),
            let number = bytes.value(at: 4, as: UInt16.self), let event = Event(rawValue: number)
        else { return nil }
        self.init(port: port, event, value: value)
    }

    /// Writes it to the first eight bytes.
    public func write(to bytes: inout MutableRawSpan) {
        _ = bytes.store(port, at: 0)
        _ = bytes.store(event.rawValue, at: 4)
        _ = bytes.store(value, at: 6)
    }
}

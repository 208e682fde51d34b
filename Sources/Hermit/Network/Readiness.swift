import CHermit

/// What a descriptor is ready for, or is to be (`HERMIT_POLL*`).
public struct Readiness: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A read does not wait: something is there, or the end.
    public static var readable: Self { Self(rawValue: UInt32(HERMIT_POLLIN)) }
    /// A write does not wait.
    public static var writable: Self { Self(rawValue: UInt32(HERMIT_POLLOUT)) }
    /// Told unasked: there is an error; the other end is gone; no such descriptor is open.
    public static var error: Self { Self(rawValue: UInt32(HERMIT_POLLERR)) }
    public static var hangUp: Self { Self(rawValue: UInt32(HERMIT_POLLHUP)) }
    public static var invalid: Self { Self(rawValue: UInt32(HERMIT_POLLNVAL)) }
}

/// A descriptor to wait for.
public struct PollEntry: Sendable {
    public var descriptor: FileDescriptor
    public var wanted: Readiness
    /// What was found.
    public var ready: Readiness = []

    public init(_ descriptor: FileDescriptor, for wanted: Readiness) {
        self.descriptor = descriptor
        self.wanted = wanted
    }
}

/// Waits until one of several descriptors is ready, and says in the entries which.
///
/// - Parameter timeout: How long at most; `nil`: for ever; zero: it only looks.
/// - Returns: How many are ready; 0: the time is over.
/// - Throws: `SystemError.interrupted`, `SystemError.noMemory`.
///
/// The corresponding C function is `sys_ppoll`.
public func poll(_ entries: inout [PollEntry], timeout: Duration? = nil) throws(SystemError) -> Int {
    var list = entries.map { entry in
        hermit_pollfd(
            fd: entry.descriptor.rawValue, events: Int16(truncatingIfNeeded: entry.wanted.rawValue), revents: 0)
    }
    let result = unsafe list.withUnsafeMutableBufferPointer { list in
        guard var time = timeout?.timespec else { return unsafe sys_ppoll(list.baseAddress, list.count, nil, nil) }
        return unsafe sys_ppoll(list.baseAddress, list.count, &time, nil)
    }
    let count = try SystemError.check(result)
    for index in entries.indices { entries[index].ready = Readiness(rawValue: UInt32(UInt16(bitPattern: list[index].revents))) }
    return Int(count)
}

/// A set of descriptors to wait for: a wait costs as much as there are ready ones among them,
/// however many there are.
public struct EventSet: ~Copyable, Sendable {
    /// When what is ready is told.
    public enum Trigger: Sendable {
        /// As long as it is so.
        case level
        /// Once after each change.
        case edge
    }

    /// What was found of a descriptor.
    public struct Event: Sendable {
        public let descriptor: FileDescriptor
        public let ready: Readiness
    }

    private let set: FileDescriptor

    /// The corresponding C function is `sys_epoll_create`.
    public init() throws(SystemError) {
        set = FileDescriptor(rawValue: try SystemError.check(sys_epoll_create(HERMIT_EPOLL_CLOEXEC)))
    }

    deinit { _ = sys_close(set.rawValue) }

    /// Adds a descriptor. It leaves the set when it is closed.
    ///
    /// - Throws: `SystemError.fileExists`: it is there already.
    ///
    /// The corresponding C function is `sys_epoll_ctl`.
    public func add(
        _ descriptor: FileDescriptor, for wanted: Readiness, trigger: Trigger = .level
    ) throws(SystemError) { try control(HERMIT_EPOLL_CTL_ADD, descriptor, wanted, trigger) }

    /// Changes what is wanted of a descriptor.
    public func modify(
        _ descriptor: FileDescriptor, for wanted: Readiness, trigger: Trigger = .level
    ) throws(SystemError) { try control(HERMIT_EPOLL_CTL_MOD, descriptor, wanted, trigger) }

    public func remove(_ descriptor: FileDescriptor) throws(SystemError) {
        try control(HERMIT_EPOLL_CTL_DEL, descriptor, [], .level)
    }

    private func control(
        _ request: Int32, _ descriptor: FileDescriptor, _ wanted: Readiness, _ trigger: Trigger
    ) throws(SystemError) {
        let number = descriptor.rawValue
        var event = hermit_epoll_event(
            events: wanted.rawValue | (trigger == .edge ? HERMIT_EPOLLET : 0), zero: 0,
            data: UInt64(UInt32(bitPattern: number)))
        _ = try SystemError.check(unsafe sys_epoll_ctl(set.rawValue, request, number, &event))
    }

    /// Waits until something is ready.
    ///
    /// - Parameters:
    ///   - most: How many events are told at once.
    ///   - timeout: How long at most; `nil`: for ever.
    /// - Returns: What was found; none: the time is over.
    ///
    /// The corresponding C function is `sys_epoll_pwait`.
    public func wait(most: Int = 256, timeout: Duration? = nil) throws(SystemError) -> [Event] {
        var list = [hermit_epoll_event](repeating: hermit_epoll_event(), count: max(1, most))
        let result = unsafe list.withUnsafeMutableBufferPointer { list in
            let count = Int32(clamping: list.count)
            guard var time = timeout?.timespec else {
                return unsafe sys_epoll_pwait(set.rawValue, list.baseAddress, count, nil, nil)
            }
            return unsafe sys_epoll_pwait(set.rawValue, list.baseAddress, count, &time, nil)
        }
        let count = Int(try SystemError.check(result))
        return list[..<count].map { event in
            Event(
                descriptor: FileDescriptor(rawValue: Int32(truncatingIfNeeded: event.data)),
                ready: Readiness(rawValue: event.events))
        }
    }
}

import Glibc
import KernelSupport
import SystemPackage

/// Passes bytes between a guest's two channels and the tool's standard
/// streams, until the guest is gone and all it said is delivered.
struct Relay {
    /// Why the relay came to its end.
    enum Ending: Equatable {
        case guestEnded
        case timedOut
        case signal(Int32)
        /// Nobody reads standard output any more.
        case outputClosed
        /// The guest told its status and did not stop.
        case lingered
    }

    /// One of the guest's channels.
    private enum Channel {
        case expected(GuestSockets.Listener)
        case open(FileDescriptor)
        case closed

        /// What to poll, for a connection or for bytes.
        var descriptor: FileDescriptor? {
            switch self {
            case .expected(let listener): listener.descriptor
            case .open(let descriptor): descriptor
            case .closed: nil
            }
        }
    }

    private var output: Channel
    private var host: Channel
    private let input: FileDescriptor
    private var outputOutlet: Outlet
    private var errorOutlet: Outlet
    private var hostOutlet: Outlet?
    private var reader = GuestMessageReader()
    private var inputIsOpen = true
    /// The guest takes input: what came before its hello would be lost.
    private var hasHello = false
    /// The status that the guest told.
    private(set) var status: Int32? = nil

    /// Bytes read from a channel at once.
    private static let bufferSize = 1 << 16
    /// QEMU sends each byte by itself: a moment later there are more, in
    /// microseconds.
    private static let gathering: UInt32 = 200
    /// How long a guest may take to stop after it told its status.
    private static let lingering = Duration.seconds(5)
    /// How long the rest of a killed guest's output is waited for.
    private static let draining = Duration.seconds(1)

    /// - Parameters:
    ///   - input: What the guest reads as its standard input.
    ///   - output: Where its standard output goes.
    ///   - error: Where its standard error and the kernel's log go.
    init(
        _ sockets: GuestSockets, input: FileDescriptor = .standardInput,
        output: FileDescriptor = .standardOutput, error: FileDescriptor = .standardError
    ) {
        self.output = .expected(sockets.output)
        self.host = .expected(sockets.host)
        self.input = input
        outputOutlet = Outlet(output)
        errorOutlet = Outlet(error)
    }

    /// The guest has told that its channel works.
    var isConnected: Bool { hasHello }

    /// Runs until the guest has ended and all it said is delivered.
    ///
    /// - Parameters:
    ///   - process: Becomes readable when the guest's process ends (a pidfd).
    ///   - deadline: When to give up.
    ///   - end: Kills the guest's process; called when it has to end before it does.
    mutating func run(
        process: FileDescriptor, deadline: ContinuousClock.Instant?, end: () -> Void
    ) -> Ending {
        var ending: Ending? = nil
        var limit = deadline
        var processIsThere = true
        func give(_ reason: Ending) {
            guard ending == nil else { return }
            ending = reason
            limit = .now + Self.draining
            end()
        }
        while true {
            var poll = Poll()
            prepare(&poll)
            if let signals = Signals.descriptor { poll.add(signals, .read) }
            if processIsThere { poll.add(process, .read) }
            poll.wait(milliseconds: Self.milliseconds(until: limit))

            let before = status
            if let descriptor = output.descriptor, poll.isReady(descriptor, .read) {
                usleep(Self.gathering)
            }
            handle(poll)
            if before == nil && status != nil && ending == nil {
                limit = min(limit ?? .now + Self.lingering, .now + Self.lingering)
            }
            if let signal = Signals.take() { give(.signal(signal)) }
            if outputOutlet.isClosed { give(.outputClosed) }
            if processIsThere && poll.isReady(process, .read) {
                processIsThere = false
                closeUnconnected()
                // What it said is delivered, however slow the reader is.
                if ending == nil { limit = nil }
            }
            if !processIsThere && isDrained { return ending ?? .guestEnded }
            if let limit, limit <= .now {
                guard let ending else {
                    give(status == nil ? .timedOut : .lingered)
                    continue
                }
                return ending
            }
        }
    }

    private static func milliseconds(until limit: ContinuousClock.Instant?) -> Int32 {
        guard let limit else { return -1 }
        let left = (limit - .now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), 1_000_000)))
    }

    private var isDrained: Bool {
        if case .closed = output, case .closed = host {
            return outputOutlet.isEmpty && errorOutlet.isEmpty
        }
        return false
    }

    /// Says what to wait for. A channel is not read while what it fills is not empty.
    private func prepare(_ poll: inout Poll) {
        if let descriptor = output.descriptor, outputOutlet.isEmpty { poll.add(descriptor, .read) }
        if let descriptor = host.descriptor, errorOutlet.isEmpty { poll.add(descriptor, .read) }
        for outlet in [outputOutlet, errorOutlet] + (hostOutlet.map { [$0] } ?? [])
        where !outlet.isEmpty {
            poll.add(outlet.descriptor, .write)
        }
        if isReadyForInput { poll.add(input, .read) }
    }

    private var isReadyForInput: Bool { inputIsOpen && hasHello && hostOutlet?.isEmpty == true }

    private mutating func handle(_ poll: Poll) {
        if let descriptor = output.descriptor, poll.isReady(descriptor, .read) {
            if let bytes = Self.take(from: &output) { outputOutlet.add(bytes) }
        }
        if let descriptor = host.descriptor, poll.isReady(descriptor, .read) {
            if let bytes = Self.take(from: &host) { reader.read(bytes).forEach { obey($0) } }
            if case .open(let descriptor) = host {
                if hostOutlet == nil { hostOutlet = Outlet(descriptor) }
            } else {
                hostOutlet = nil
            }
        }
        if isReadyForInput && poll.isReady(input, .read) { readInput() }
        outputOutlet.flush()
        errorOutlet.flush()
        hostOutlet?.flush()
    }

    /// The bytes that have come; `nil` when it was the connection or the end that came.
    private static func take(from channel: inout Channel) -> [UInt8]? {
        switch channel {
        case .expected(let listener):
            if let connection = listener.accept() { channel = .open(connection) }
            return nil
        case .open(let descriptor):
            guard let bytes = read(descriptor, bufferSize) else { return nil }
            if !bytes.isEmpty { return bytes }
            try? descriptor.close()
            channel = .closed
            return nil
        case .closed:
            return nil
        }
    }

    /// What can be read now; empty at the end and after an error, `nil` when there is nothing yet.
    private static func read(_ descriptor: FileDescriptor, _ size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor.rawValue, $0.baseAddress, $0.count)
        }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return nil }
        bytes.removeSubrange(max(count, 0)...)
        return bytes
    }

    private mutating func obey(_ message: GuestMessage) {
        switch message {
        case .hello: hasHello = true
        case .standardError(let bytes): errorOutlet.add(bytes)
        case .log(let level, let text): errorOutlet.add("[hermit] \(level.name): \(text)\n".utf8)
        case .exitStatus(let status): self.status = status
        }
    }

    private mutating func readInput() {
        guard let bytes = Self.read(input, ChannelFrame.maximumPayload) else { return }
        inputIsOpen = !bytes.isEmpty
        hostOutlet?.add(
            bytes.isEmpty ? HostMessage.standardInputEnd : HostMessage.standardInput(bytes))
    }

    /// The process is gone: who has not connected by now never will.
    private mutating func closeUnconnected() {
        if case .expected(let listener) = output {
            output = listener.accept().map { .open($0) } ?? .closed
        }
        if case .expected(let listener) = host {
            host = listener.accept().map { .open($0) } ?? .closed
        }
    }
}

import Glibc
import KernelSupport

/// The tool's end of a guest's two channels: listens, takes the connections,
/// and passes bytes on until the guest is gone.
final class GuestChannels {
    /// A private folder for the sockets; removed at the end.
    let folder: String
    private let log: GuestLog
    private var outputListener: Int32
    private var hostListener: Int32
    private var output: Int32 = -1
    private var host: Int32 = -1
    /// The port of a console device: more of standard output.
    private var consoleListener: Int32
    private var console: Int32 = -1
    /// Output has come that way.
    private var usesConsole = false
    private var decoder = ChannelDecoder()
    private var frame: [UInt8] = []
    /// Bytes for the guest that its port has not taken yet.
    private var pending: ArraySlice<UInt8> = []
    private var inputIsOpen = true
    /// The guest has greeted: its port takes bytes from now on.
    private var isReady = false
    private let terminal = HostTerminal()
    /// What the guest wants of the host.
    private var wish: ChannelFrame.HostWish = []
    /// The signal by which the guest was asked for its end, and how long that may take.
    private var ending: (signal: Int32, deadline: ContinuousClock.Instant)? = nil
    /// The character was typed that ends the guest.
    private var isEscaped = false
    /// The status that the guest told.
    private(set) var status: Int32? = nil

    private static let bufferSize = 65536
    /// How long a guest may take to end when it is asked to.
    static let patience = Duration.seconds(10)
    /// What is read from standard input at once; a frame holds it.
    private static let inputSize = 4096

    var outputPath: String { folder + "/output" }
    var hostPath: String { folder + "/host" }
    var consolePath: String { folder + "/console" }

    init(log: GuestLog) throws {
        self.log = log
        var template = Array("/tmp/hermit.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw ToolError("no temporary folder can be made in /tmp")
        }
        folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        outputListener = try Self.listen(folder + "/output")
        hostListener = try Self.listen(folder + "/host")
        consoleListener = try Self.listen(folder + "/console")
    }

    deinit {
        for descriptor in [outputListener, hostListener, consoleListener, output, host, console] where descriptor >= 0 {
            close(descriptor)
        }
        _ = unsafe unlink(folder + "/output")
        _ = unsafe unlink(folder + "/host")
        _ = unsafe unlink(folder + "/console")
        _ = unsafe rmdir(folder)
    }

    /// A socket that listens at a path.
    static func listen(_ path: String) throws -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size)
            }
        }
        guard descriptor >= 0, result == 0, Glibc.listen(descriptor, 1) == 0 else {
            throw ToolError("\(path): no socket can be made")
        }
        return descriptor
    }

    /// Why the relay came to its end.
    enum Outcome: Equatable {
        case guestEnded
        case timedOut
        case signal(Int32)
        /// The guest was asked by a signal to end, and did not in time.
        case deaf(Int32)
        /// Standard output takes no more; `errno` as it was.
        case outputFailed(Int32)
    }

    /// Passes bytes on until the guest's process `process` (a pidfd) has ended,
    /// `deadline` has passed or a signal has come.
    func relay(process: Int32, deadline: ContinuousClock.Instant?) -> Outcome {
        while true {
            var left: Int32 = -1
            let now = ContinuousClock.now
            if let deadline, deadline <= now { return .timedOut }
            if let ending, ending.deadline <= now { return .deaf(ending.signal) }
            if let next = [deadline, ending?.deadline].compactMap({ $0 }).min() {
                left = Int32(min((next - now) / .milliseconds(1) + 1, 1_000_000))
            }
            var polls = [
                pollfd(fd: Signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: process, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output >= 0 ? output : outputListener, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: host >= 0 ? host : hostListener,
                    events: Int16(POLLIN) | (pending.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
                pollfd(
                    fd: inputIsOpen && isReady && host >= 0 && pending.isEmpty ? 0 : -1,
                    events: Int16(POLLIN), revents: 0),
                pollfd(fd: console >= 0 ? console : consoleListener, events: Int16(POLLIN), revents: 0),
            ]
            let ready = unsafe poll(&polls, nfds_t(polls.count), left)
            if ready < 0 && errno != EINTR { return .guestEnded }
            if ready <= 0 { continue }
            if polls[0].revents != 0, let signal = Signals.take(), !passOn(signal) {
                return .signal(signal)
            }
            if polls[2].revents | polls[5].revents != 0, let error = takeOutput() {
                return .outputFailed(error)
            }
            if polls[3].revents != 0 { handleHost(polls[3].revents) }
            if polls[4].revents != 0 { readInput() }
            if isEscaped { return .signal(SIGINT) }
            if polls[1].revents != 0 {
                // The process is gone; what it wrote is still in the sockets.
                while hasOutput {
                    if let error = takeOutput() { return .outputFailed(error) }
                }
                while host >= 0 { handleHost(Int16(POLLIN)) }
                return .guestEnded
            }
        }
    }

    private static func accept(_ listener: inout Int32, nonblocking: Bool) -> Int32 {
        let connection = Glibc.accept(listener, nil, nil)
        if connection >= 0 {
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            if nonblocking { _ = fcntl(connection, F_SETFL, O_NONBLOCK) }
            close(listener)
            listener = -1
        }
        return connection
    }

    // MARK: - Output

    /// Something can be read, or is connected.
    private static func isReady(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0 else { return false }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) > 0
    }

    private var hasOutput: Bool {
        Self.isReady(output >= 0 ? output : outputListener)
            || Self.isReady(console >= 0 ? console : consoleListener)
    }

    /// Takes some of standard output; the error when nobody takes it any more.
    ///
    /// The guest changes from its port to the console device once, when the port is
    /// empty, and back when the device fails: so what is in the port comes first until
    /// the device has been used, and last from then on.
    private func takeOutput() -> Int32? {
        if console < 0, Self.isReady(consoleListener) {
            console = Self.accept(&consoleListener, nonblocking: false)
        }
        if !usesConsole, Self.isReady(output >= 0 ? output : outputListener) {
            return handle(&output, &outputListener)
        }
        if Self.isReady(console) {
            usesConsole = true
            return handle(&console, &consoleListener)
        }
        guard Self.isReady(output >= 0 ? output : outputListener) else { return nil }
        return handle(&output, &outputListener)
    }

    /// Passes on what one way has; the error when nobody takes it any more.
    private func handle(_ connection: inout Int32, _ listener: inout Int32) -> Int32? {
        if connection < 0 {
            connection = Self.accept(&listener, nonblocking: false)
            return nil
        }
        let bytes = Self.read(connection, Self.bufferSize)
        guard let bytes, !bytes.isEmpty else {
            close(connection)
            connection = -1
            return nil
        }
        return Self.writeAll(1, bytes[...])
    }

    private func handleHost(_ events: Int16) {
        if host < 0 {
            host = Self.accept(&hostListener, nonblocking: true)
            return
        }
        if events & Int16(POLLOUT) != 0 { send() }
        guard events & ~Int16(POLLOUT) != 0 else { return }
        guard let bytes = Self.read(host, Self.bufferSize) else { return }
        guard !bytes.isEmpty else {
            close(host)
            host = -1
            hostListener = -1
            return
        }
        for byte in bytes {
            switch decoder.consume(byte) {
            case .begin: frame.removeAll(keepingCapacity: true)
            case .payload(_, let byte): frame.append(byte)
            default: break
            }
            if case .end(let kind) = decoder.finish() { take(kind) }
        }
    }

    private func take(_ kind: ChannelFrame.Kind) {
        switch kind {
        case .standardError:
            _ = Self.writeAll(2, frame[...])
        case .log where !frame.isEmpty:
            let level = LogLevel(rawValue: frame[0]) ?? .error
            log.take(level, String(decoding: frame.dropFirst(), as: UTF8.self))
        case .traceBeginning:
            log.begin(String(decoding: frame, as: UTF8.self))
        case .hello:
            isReady = true
        case .wish where frame.count == 1:
            wish = ChannelFrame.HostWish(rawValue: frame[0])
            terminal.setRaw(wish.contains(.raw))
        case .exitStatus where frame.count == 4:
            status = Int32(frame[0])
        default:
            break
        }
    }

    /// Tells the guest of a signal, where it wants that.
    ///
    /// - Returns: Whether the signal means nothing more to the tool.
    private func passOn(_ signal: Int32) -> Bool {
        if signal == SIGINT || signal == SIGWINCH, wish.contains(.events), host >= 0 {
            queue(.terminalEvent, HostTerminal.event(signal))
            send()
            return true
        }
        if signal == SIGWINCH { return true }
        // Who asks a second time does not want to wait.
        guard wish.contains(.endings), host >= 0, ending == nil else { return false }
        ending = (signal, ContinuousClock.now + Self.patience)
        queue(.endRequest, [UInt8(truncatingIfNeeded: signal)])
        send()
        return true
    }

    private func readInput() {
        let bytes = Self.read(0, Self.inputSize)
        if let bytes, bytes.isEmpty {
            inputIsOpen = false
            queue(.standardInputEnd, [])
        } else if let bytes {
            isEscaped = terminal.isRaw && bytes.contains(HostTerminal.escape)
            queue(.standardInput, bytes)
        } else if errno != EAGAIN && errno != EINTR {
            inputIsOpen = false
            queue(.standardInputEnd, [])
        }
        send()
    }

    private func queue(_ kind: ChannelFrame.Kind, _ bytes: [UInt8]) {
        let header = ChannelFrame.header(kind, payloadCount: bytes.count)
        for i in 0..<4 { pending.append(header[i]) }
        pending += bytes
    }

    private func send() {
        while !pending.isEmpty {
            let sent = unsafe pending.withUnsafeBytes {
                unsafe Glibc.send(host, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                pending = pending.dropFirst(sent)
            } else {
                if errno != EAGAIN && errno != EINTR { pending = [] }
                return
            }
        }
        pending = []
    }

    /// What can be read now; empty at the end, `nil` on an error.
    private static func read(_ descriptor: Int32, _ size: Int) -> [UInt8]? {
        var count = -1
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, used in
            count = unsafe Glibc.read(descriptor, buffer.baseAddress, size)
            used = max(count, 0)
        }
        return count < 0 ? nil : bytes
    }

    /// Writes all bytes; the error where that can't be done.
    private static func writeAll(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Int32? {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe Glibc.poll(&poll, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}

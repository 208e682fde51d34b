import Glibc
import SystemPackage
import Testing

@testable import HermitTool

/// A guest that a test plays: it connects to the tool's sockets as QEMU does.
private final class FakeGuest {
    private let sockets: GuestSockets
    private let input: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    private let output: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    private let error: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    private let process: (readEnd: FileDescriptor, writeEnd: FileDescriptor)

    init() throws {
        sockets = try GuestSockets()
        input = try FileDescriptor.pipe()
        output = try FileDescriptor.pipe()
        error = try FileDescriptor.pipe()
        process = try FileDescriptor.pipe()
    }

    /// What the two ends of a run saw.
    struct Result {
        var ending: Relay.Ending
        var status: Int32?
        var output: [UInt8]
        var error: [UInt8]
        var wasKilled: Bool
    }

    private static func connect(_ path: String) throws -> FileDescriptor {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, size)
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
        return FileDescriptor(rawValue: descriptor)
    }

    private static func readAll(_ descriptor: FileDescriptor) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try unsafe chunk.withUnsafeMutableBytes {
                try unsafe descriptor.read(into: $0)
            }
            if count == 0 { return all }
            all += chunk[..<count]
        }
    }

    /// Relays while `body` is the guest: it gets both channels and the end of
    /// standard input that the user types at. When it returns, the guest's process ends.
    func run(
        deadline: Duration? = nil, stays: Bool = false,
        _ body: @escaping @Sendable (
            _ output: FileDescriptor, _ host: FileDescriptor, _ input: FileDescriptor
        ) throws -> Void
    ) async throws -> Result {
        let outputPath = sockets.output.path
        let hostPath = sockets.host.path
        let (input, output, error, process) = (input, output, error, process)
        async let guest: Void = Task.detached {
            let port = try Self.connect(outputPath)
            let host = try Self.connect(hostPath)
            try body(port, host, input.writeEnd)
            if stays { return }
            try port.close()
            try host.close()
            try process.writeEnd.close()
        }.value
        async let said = Task.detached { try Self.readAll(output.readEnd) }.value
        async let complained = Task.detached { try Self.readAll(error.readEnd) }.value
        var relay = Relay(
            sockets, input: input.readEnd, output: output.writeEnd, error: error.writeEnd)
        var wasKilled = false
        let ending = relay.run(
            process: process.readEnd, deadline: deadline.map { ContinuousClock.now + $0 }
        ) { wasKilled = true }
        try output.writeEnd.close()
        try error.writeEnd.close()
        try await guest
        return Result(
            ending: ending, status: relay.status, output: try await said,
            error: try await complained, wasKilled: wasKilled)
    }
}

@Suite struct RelayTests {
    private static let hello: [UInt8] = [0xA5, 4, 1, 0, 1]
    private static let success: [UInt8] = [0xA5, 3, 4, 0, 0, 0, 0, 0]

    @Test func messagesAreReadWhereverTheBytesAreCut() {
        let stream =
            Self.hello + [0xA5, 1, 2, 0, 0x68, 0x69] + [0xA5, 2, 3, 0, 1, 0x6F, 0x6B]
            + [0x00, 0xA5, 0x55] + [0xA5, 3, 4, 0, 0xFE, 0xFF, 0xFF, 0xFF]
        let expected: [GuestMessage] = [
            .hello(version: 1), .standardError([0x68, 0x69]), .log(.warning, "ok"),
            .exitStatus(-2),
        ]
        for cut in 0...stream.count {
            var reader = GuestMessageReader()
            let messages =
                reader.read(Array(stream[..<cut])) + reader.read(Array(stream[cut...]))
            #expect(messages == expected)
        }
    }

    @Test func impossibleMessagesAreDropped() {
        var reader = GuestMessageReader()
        // A short status, an empty log line, an unknown level, the host's own kinds.
        let stream: [UInt8] =
            [0xA5, 3, 1, 0, 9] + [0xA5, 2, 0, 0] + [0xA5, 2, 1, 0, 77] + [0xA5, 0x82, 0, 0]
            + [0xA5, 0x81, 1, 0, 5]
        #expect(reader.read(stream) == [])
    }

    @Test func inputIsCutIntoFrames() {
        let frames = HostMessage.standardInput([UInt8](repeating: 7, count: 5000))
        #expect(Array(frames[..<4]) == [0xA5, 0x81, 0x00, 0x10])
        #expect(Array(frames[4100..<4104]) == [0xA5, 0x81, 0x88, 0x03])
        #expect(frames.count == 5008)
        #expect(HostMessage.standardInputEnd == [0xA5, 0x82, 0, 0])
    }

    @Test func outputArrivesUnchanged() async throws {
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let result = try await FakeGuest().run { output, host, _ in
            try host.writeAll(Self.hello)
            try output.writeAll(bytes)
            try host.writeAll(Self.success)
        }
        #expect(result.output == bytes)
        #expect(result.status == 0)
        #expect(result.ending == .guestEnded)
        #expect(!result.wasKilled)
    }

    @Test func errorsAndLogGoToStandardError() async throws {
        let result = try await FakeGuest().run { _, host, _ in
            try host.writeAll(
                Self.hello + [0xA5, 1, 2, 0, 0x6F, 0x0A] + [0xA5, 2, 4, 0, 0, 0x62, 0x61, 0x64]
                    + [0xA5, 3, 4, 0, 7, 1, 0, 0])
        }
        #expect(String(decoding: result.error, as: UTF8.self) == "o\n[hermit] error: bad\n")
        #expect(result.output == [])
        #expect(result.status == 263)
    }

    @Test func inputAndItsEndReachTheGuest() async throws {
        let result = try await FakeGuest().run { output, host, input in
            // Nothing may come before the guest has said hello.
            try input.writeAll(Array("typed".utf8))
            #expect(!Poll.isReady(host, .read))
            try host.writeAll(Self.hello)
            try input.close()
            var frames: [UInt8] = []
            while frames.count < 13 {
                var chunk = [UInt8](repeating: 0, count: 64)
                let count = try unsafe chunk.withUnsafeMutableBytes {
                    try unsafe host.read(into: $0)
                }
                frames += chunk[..<count]
            }
            try output.writeAll(frames)
            try host.writeAll(Self.success)
        }
        #expect(
            result.output == [0xA5, 0x81, 5, 0] + Array("typed".utf8) + [0xA5, 0x82, 0, 0])
    }

    @Test func aGuestThatTakesTooLongIsKilled() async throws {
        let result = try await FakeGuest().run(deadline: .milliseconds(50), stays: true) {
            output, host, _ in
            try output.writeAll([1, 2, 3])
            try host.writeAll(Self.hello)
        }
        #expect(result.ending == .timedOut)
        #expect(result.wasKilled)
        #expect(result.output == [1, 2, 3])
        #expect(result.status == nil)
    }

    @Test func noiseOnTheChannelIsNoStatus() async throws {
        let result = try await FakeGuest().run { _, host, _ in
            try host.writeAll([UInt8](repeating: 0xA5, count: 999))
        }
        #expect(result.status == nil)
        #expect(result.ending == .guestEnded)
    }

    @Test func theFolderIsGoneAfterwards() throws {
        let path: String
        do {
            let sockets = try GuestSockets()
            path = Files.folder(sockets.output.path)
            #expect(Files.isFolder(path))
        }
        #expect(!Files.exists(path))
    }
}

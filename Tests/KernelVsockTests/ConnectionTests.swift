import KernelDescriptors
import KernelSupport
import TestSupport
import Testing

@testable import KernelVsock

@Suite(.serialized, .inTurn)
struct ConnectionTests {
    private let second: UInt64 = 1_000_000_000

    // MARK: - Ports

    @Test func ports() throws {
        let host = VsockHost(context: 3)
        let one = host.make()
        #expect(host.socket(one).local == .any)
        try host.table.bind(one, to: VsockAddress(context: VsockAddress.anyContext, port: 1000))
        #expect(throws: Errno.invalidArgument) { try host.bind(one, port: 7) }
        let other = host.make()
        for context in [VsockAddress.anyContext, 3, VsockAddress.localContext] {
            #expect(throws: Errno.addressInUse) {
                try host.bind(other, context: context, port: 1000)
            }
        }
        for context in [0 as UInt32, 2, 4] {
            #expect(throws: Errno.addressNotAvailable) {
                try host.bind(other, context: context, port: 1001)
            }
        }
        try host.table.bind(other, to: VsockAddress(context: 3, port: 1001))
        let third = host.make()
        try host.table.bind(third, to: VsockAddress(context: VsockAddress.localContext, port: 1001))
        // One of the system's choice is above the reserved ones, and free.
        var ports: Set<UInt32> = [1000, 1001]
        for _ in 0..<20 {
            let place = host.make()
            try host.table.bind(place, to: .any)
            #expect(host.socket(place).local.port > 1023)
            #expect(ports.insert(host.socket(place).local.port).inserted)
        }
        host.close(one)
        let again = host.make()
        try host.table.bind(again, to: VsockAddress(context: 3, port: 1000))
    }

    @Test func portsGoRound() throws {
        let host = VsockHost(context: nil, seed: 0x7FFE_FFFF)
        var last: UInt32 = 0
        for _ in 0..<3 {
            let place = host.make()
            try host.table.bind(place, to: .any)
            #expect(host.socket(place).local.port > max(last, 1023))
            last = host.socket(place).local.port
        }
    }

    // MARK: - Opening

    @Test func aConnection() throws {
        let pair = VsockPair()
        let listener = try pair.host.listen(port: 5000)
        #expect(pair.host.readiness(listener) == [])
        let client = try pair.guest.connect(context: 2, port: 5000)
        #expect(pair.guest.socket(client).phase == .connecting)
        #expect(pair.guest.readiness(client) == [])
        let request = pair.guest.sent[0].header
        #expect(request.operation == .request && request.buffer == 262_144 && request.forwarded == 0)
        #expect(request.source.context == 3 && request.source.port == pair.guest.socket(client).local.port)
        #expect(request.destination == VsockAddress(context: 2, port: 5000))
        #expect(throws: Errno.alreadyInProcess) {
            try pair.guest.connect(client, context: 2, port: 5000)
        }
        pair.settle()
        #expect(pair.guest.socket(client).phase == .connected)
        #expect(pair.guest.readiness(client) == .writable)
        #expect(pair.host.readiness(listener) == .readable)
        let server = try #require(pair.host.accept(listener))
        #expect(pair.host.accept(listener) == nil)
        #expect(pair.host.socket(server).local == VsockAddress(context: 2, port: 5000))
        #expect(pair.host.socket(server).remote == request.source)
        #expect(throws: Errno.socketIsConnected) {
            try pair.guest.connect(client, context: 2, port: 5000)
        }
        #expect(try pair.guest.read(client) == nil)
        #expect(try pair.guest.write(client, [1, 2, 3]) == 3)
        pair.settle()
        #expect(try pair.host.read(server) == [1, 2, 3])
    }

    @Test func nobodyListens() throws {
        let pair = VsockPair()
        let client = try pair.guest.connect(context: 2, port: 5000)
        pair.settle()
        #expect(pair.guest.socket(client).phase == .idle)
        #expect(pair.guest.readiness(client) == [.writable, .failed])
        #expect(pair.guest.takeError(client) == .connectionReset)
        #expect(pair.guest.takeError(client) == nil)
        // It may be tried again.
        _ = try pair.host.listen(port: 5000)
        try pair.guest.connect(client, context: 2, port: 5000)
        pair.settle()
        #expect(pair.guest.socket(client).phase == .connected)
    }

    @Test func nobodyAnswers() throws {
        let pair = VsockPair()
        let client = try pair.guest.connect(context: 2, port: 5000)
        pair.guest.sent = []
        #expect(pair.guest.table.nextDeadline == 2 * second)
        pair.guest.expire(after: 2 * second - 1)
        #expect(pair.guest.socket(client).phase == .connecting)
        pair.guest.expire(after: 20_000_000)
        #expect(pair.guest.takeError(client) == .timedOut)
        #expect(pair.guest.table.nextDeadline == .max)
        // Who answers now is told that there is no such connection.
        let port = pair.guest.socket(client).local.port
        pair.guest.deliver(
            .init(header: VsockHeader(
                .response, from: VsockAddress(context: 2, port: 5000), to: VsockAddress(context: 3, port: port))))
        pair.guest.flush()
        #expect(pair.guest.sent.map(\.header.operation) == [.reset])
    }

    @Test func backlogs() throws {
        let pair = VsockPair()
        let listener = try pair.host.listen(port: 5000, backlog: 1)
        let clients = try (0..<3).map { _ in try pair.guest.connect(context: 2, port: 5000) }
        pair.settle()
        #expect(clients.map { pair.guest.socket($0).phase } == [.connected, .connected, .idle])
        #expect(pair.guest.takeError(clients[2]) == .connectionReset)
        #expect(pair.host.accept(listener) != nil)
        let more = try pair.guest.connect(context: 2, port: 5000)
        pair.settle()
        #expect(pair.guest.socket(more).phase == .connected)
        // Those that nobody has accepted end with the listener.
        pair.host.close(listener)
        pair.settle()
        #expect(try pair.guest.read(clients[1]) == [])
        #expect(try pair.guest.read(more) == [])
        #expect(try pair.guest.read(clients[0]) == nil)
    }

    @Test func whatIsWrongWithACall() throws {
        let host = VsockHost(context: nil)
        let place = host.make()
        let listener = try host.listen(port: 1)
        #expect(throws: Errno.operationNotSupportedByDevice) {
            try host.connect(place, context: 2, port: 1)
        }
        #expect(throws: Errno.invalidArgument) {
            try host.connect(listener, context: 2, port: 1)
        }
        #expect(throws: Errno.invalidArgument) { try host.listen(place) }
        for socket in [place, listener] {
            #expect(throws: Errno.socketNotConnected) { try host.shut(socket, reading: true) }
            #expect(throws: Errno.socketNotConnected) { try host.write(socket, [1]) }
            #expect(throws: Errno.socketNotConnected) { try host.read(socket) }
        }
        #expect(host.readiness(place) == .writable)
    }

    // MARK: - Ending

    @Test func halves() throws {
        let pair = VsockPair()
        let (client, server, _) = try pair.connection()
        _ = try pair.guest.write(client, [1, 2])
        try pair.guest.shut(client, writing: true)
        #expect(throws: Errno.brokenPipe) { try pair.guest.write(client, [3]) }
        pair.settle()
        #expect(pair.host.readiness(server) == [.readable, .readHungUp, .writable])
        #expect(try pair.host.read(server) == [1, 2])
        #expect(try pair.host.read(server) == [])
        _ = try pair.host.write(server, [4])
        pair.settle()
        #expect(try pair.guest.read(client) == [4])
        try pair.host.shut(server, writing: true)
        #expect(pair.host.readiness(server) == [.readable, .readHungUp, .hungUp])
        pair.settle()
        #expect(try pair.guest.read(client) == [])
        #expect(pair.guest.readiness(client) == [.readable, .readHungUp, .hungUp])
    }

    @Test func whoReadsNoMore() throws {
        let pair = VsockPair()
        let (client, server, _) = try pair.connection()
        try pair.guest.shut(client, reading: true)
        _ = try pair.host.write(server, [1])
        pair.settle()
        // What was under way is thrown away.
        #expect(try pair.guest.read(client) == [])
        #expect(throws: Errno.brokenPipe) { try pair.host.write(server, [1]) }
        #expect(pair.guest.socket(client).credit.waiting == 0)
    }

    @Test func aCloseIsAnsweredByAReset() throws {
        let pair = VsockPair()
        let (client, server, _) = try pair.connection()
        _ = try pair.guest.write(client, [7, 8])
        pair.guest.close(client)
        #expect(pair.guest.sent.last?.header.operation == .shutdown)
        #expect(pair.guest.sent.last?.header.flags == 3)
        #expect(pair.guest.used == 1)
        pair.settle()
        pair.guest.takeNews()
        #expect(pair.guest.used == 0)
        // All of what was sent can be read.
        #expect(try pair.host.read(server, most: 1) == [7])
        #expect(throws: Errno.brokenPipe) { try pair.host.write(server, [1]) }
        #expect(try pair.host.read(server) == [8])
        #expect(try pair.host.read(server) == [])
        pair.host.close(server)
        pair.host.takeNews()
        #expect(pair.host.used == 1)
    }

    @Test func aCloseThatNobodyAnswers() throws {
        let pair = VsockPair()
        let (client, _, _) = try pair.connection()
        pair.guest.expire(after: 3 * second)
        pair.guest.close(client)
        pair.guest.sent = []
        pair.guest.takeNews()
        #expect(pair.guest.table.nextDeadline == 11 * second)
        pair.guest.expire(after: 8 * second - 1)
        #expect(pair.guest.used == 1)
        pair.guest.expire(after: 20_000_000)
        pair.guest.takeNews()
        #expect(pair.guest.sent.map(\.header.operation) == [.reset])
        #expect(pair.guest.used == 0)
    }

    @Test func bothCloseAtOnce() throws {
        let pair = VsockPair()
        let (client, server, listener) = try pair.connection()
        pair.guest.close(client)
        pair.host.close(server)
        pair.settle()
        pair.host.close(listener)
        for side in [pair.guest, pair.host] {
            side.takeNews()
            #expect(side.used == 0)
        }
    }

    /// A device without room for packets now sends all of them later, in order.
    @Test func aDeviceThatIsFull() throws {
        let pair = VsockPair()
        let (client, server, _) = try pair.connection()
        pair.guest.room = 0
        #expect(try pair.guest.write(client, [1]) == 0)
        try pair.guest.shut(client, reading: true, writing: true)
        pair.guest.close(client)
        #expect(pair.guest.sent.isEmpty)
        pair.guest.room = 1
        pair.guest.flush()
        #expect(pair.guest.sent.map(\.header.operation) == [.shutdown])
        pair.settle()
        #expect(try pair.host.read(server) == [])
        #expect(pair.guest.used == 0 || pair.guest.takeNews().isEmpty)
        #expect(pair.guest.used == 0)
    }

    // MARK: - The device

    /// 5.10.6.7: connections are gone, who listens goes on.
    @Test func theDeviceForgets() throws {
        let pair = VsockPair()
        let listener = try pair.guest.listen(port: 9)
        let (client, _, _) = try pair.connection()
        let opening = try pair.guest.connect(context: 2, port: 77)
        let closing = try pair.guest.connect(context: 2, port: 5000)
        pair.settle()
        pair.guest.close(closing)
        let local = try pair.guest.connect(context: 1, port: 9)
        pair.guest.table.setContext(4)
        for (place, isOpen) in [(client, true), (opening, false)] {
            #expect(pair.guest.readiness(place).contains(.failed))
            if isOpen {
                #expect(throws: Errno.connectionReset) { try pair.guest.read(place) }
                #expect(throws: Errno.socketNotConnected) { try pair.guest.read(place) }
                #expect(throws: Errno.socketNotConnected) { try pair.guest.write(place, [1]) }
            }
        }
        #expect(pair.guest.socket(listener).phase == .listening)
        #expect(pair.guest.socket(local).phase == .connected)
        pair.guest.sent = []
        let again = try pair.guest.connect(context: 2, port: 5000)
        #expect(pair.guest.sent.last?.header.source.context == 4)
        _ = again
        pair.guest.takeNews()
        for place in [listener, client, opening, local, again] { pair.guest.close(place) }
        pair.guest.takeNews()
        pair.guest.table.setContext(nil)
        pair.guest.takeNews()
        // What the listener had not accepted has gone with it.
        #expect(pair.guest.used == 0)
    }

    // MARK: - This machine itself

    @Test(arguments: [1 as UInt32, 3])
    func aConnectionToItself(context: UInt32) throws {
        let host = VsockHost(context: 3)
        host.room = 0
        let listener = try host.listen(port: 6)
        let client = try host.connect(context: context, port: 6)
        #expect(host.socket(client).phase == .connected)
        let server = try #require(host.accept(listener))
        #expect(host.socket(server).remote == VsockAddress(context: 1, port: host.socket(client).local.port))
        #expect(host.socket(server).local == VsockAddress(context: context, port: 6))
        let data = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var (sent, got): (Int, [UInt8]) = (0, [])
        while got.count < data.count {
            sent += try host.write(client, data[sent...])
            if let more = try host.read(server, most: 10_000) { got += more }
        }
        #expect(got == data)
        host.close(client)
        #expect(try host.read(server) == [])
        host.close(server)
        host.close(listener)
        host.takeNews()
        #expect(host.used == 0)
        let refused = try host.connect(context: context, port: 6)
        #expect(host.takeError(refused) == .connectionReset)
    }

    @Test func aListenerOfOneContext() throws {
        let host = VsockHost(context: 3)
        _ = try host.listen(port: 6, context: 3)
        let one = try host.connect(context: 1, port: 6)
        #expect(host.takeError(one) == .connectionReset)
        let two = try host.connect(context: 3, port: 6)
        #expect(host.socket(two).phase == .connected)
    }

    // MARK: - Options

    @Test func buffers() throws {
        let host = VsockHost(context: 3)
        let place = host.make()
        host.table.setBuffer(place, size: 1 << 30)
        #expect(host.socket(place).credit.buffer == 262_144)
        host.table.setBuffer(place, most: 1 << 40)
        #expect(host.socket(place).options.most == 1 << 20)
        host.table.setBuffer(place, size: 1 << 30)
        #expect(host.socket(place).credit.buffer == 1 << 20)
        host.table.setBuffer(place, size: 1)
        #expect(host.socket(place).credit.buffer == 128)
        host.table.setBuffer(place, least: 1)
        host.table.setBuffer(place, size: 0)
        #expect(host.socket(place).credit.buffer == 1)
    }

    /// A buffer of one byte moves everything, one byte after the other.
    @Test func theSmallestBuffer() throws {
        let pair = VsockPair()
        let listener = try pair.host.listen(port: 1)
        pair.host.table.setBuffer(listener, least: 1)
        pair.host.table.setBuffer(listener, size: 1)
        let client = try pair.guest.connect(context: 2, port: 1)
        pair.settle()
        let server = try #require(pair.host.accept(listener))
        for number in 0..<100 as Range<UInt8> {
            #expect(try pair.guest.write(client, [number, 0]) == 1)
            pair.settle()
            #expect(try pair.guest.write(client, [number, 0]) == 0)
            pair.settle()
            #expect(try pair.host.read(server) == [number])
            pair.settle()
        }
    }
}
